"""The tester's own lines to a server under test: clients and a component, over sockets or in memory."""
