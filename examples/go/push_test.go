package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mellium.im/xmpp/jid"
)

// begin makes a network of its own with juliet, who knows romeo, and logs her in.
func begin(t *testing.T) (network string, client *Client) {
	var made struct{ Name string }
	call(t, "POST", "", map[string]any{}, &made)
	network = "/" + made.Name
	romeo := map[string]any{"subscription": "both", "name": "Romeo"}
	juliet := map[string]any{"password": "secret", "roster": map[string]any{"romeo@b.test": romeo}}
	call(t, "PUT", network+"/accounts/juliet", juliet, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := Login(ctx, jid.MustParse("juliet@"+made.Name), "secret", server.address, server.caFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { call(t, "DELETE", network, map[string]any{}, nil) })
	return network, client
}

// rename renames romeo from the server's side; gives the id of the push.
func rename(t *testing.T, network, name string) string {
	var changed struct{ Pushes []struct{ ID string } }
	call(t, "PUT", network+"/accounts/juliet/roster/romeo@b.test", map[string]any{"subscription": "both", "name": name}, &changed)
	return changed.Pushes[0].ID
}

func TestTheRosterIsThere(t *testing.T) {
	_, client := begin(t)
	if name := client.Items["romeo@b.test"].Name; name != "Romeo" {
		t.Fatalf("the client knows him as %q", name)
	}
}

func TestAPushIsAnsweredAndCounts(t *testing.T) {
	network, client := begin(t)
	id := rename(t, network, "R.")
	expect(t, network, fmt.Sprintf("<iq type='result' id='%s'/>", id))
	if item := <-client.Changed; item.Name != "R." {
		t.Fatalf("the push has brought %q", item.Name)
	}
}

func TestAStrangersPushIsRefused(t *testing.T) {
	network, client := begin(t)
	call(t, "POST", network+"/faults", map[string]any{"fault": "push-from-stranger", "next": 1}, nil)
	id := rename(t, network, "Spoofed")
	expect(t, network, fmt.Sprintf("<iq type='error' id='%s'/>", id))
	if len(client.Changed) != 0 {
		t.Fatal("a stranger has changed the roster")
	}
}

func TestItEndsWithTheConnection(t *testing.T) {
	network, client := begin(t)
	call(t, "POST", network+"/sessions/juliet@"+network[1:]+"/cut", map[string]any{}, nil)
	select {
	case _, more := <-client.Changed:
		if more {
			t.Fatal("a change has come instead of the end")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the client goes on without a connection")
	}
}
