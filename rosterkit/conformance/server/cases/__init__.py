"""The cases for servers, a module for each subject."""
