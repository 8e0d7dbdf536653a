// A client on mellium.im/xmpp that asks for its roster and answers pushes.
//
//	go build -o client . && ../shell/answers_a_push.sh ./client
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"fmt"
	"net"
	"os"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/mux"
	"mellium.im/xmpp/roster"
	"mellium.im/xmpp/stanza"
)

// Client has what it knows of the roster; Changed gets each entry that a push has brought, and is closed when the
// connection ends.
type Client struct {
	session *xmpp.Session
	Items   map[string]roster.Item
	Changed chan roster.Item
}

// Login connects to address, checks the certificate by the CA of caFile, and gets the roster.
func Login(ctx context.Context, me jid.JID, password, address, caFile string) (*Client, error) {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	session, err := xmpp.NewClientSession(ctx, me, conn,
		xmpp.StartTLS(&tls.Config{RootCAs: roots, ServerName: me.Domain().String()}),
		xmpp.SASL("", password, sasl.ScramSha256, sasl.ScramSha1),
		xmpp.BindResource())
	if err != nil {
		return nil, err
	}
	client := &Client{session, map[string]roster.Item{}, make(chan roster.Item, 100)}
	push := mux.IQFunc(stanza.SetIQ, xml.Name{Space: roster.NS, Local: "query"}, client.push)
	go func() {
		session.Serve(mux.New(stanza.NSClient, push)) // which calls push, and nobody else does
		conn.Close()
		close(client.Changed)
	}()
	items := roster.Fetch(ctx, session)
	defer items.Close()
	for items.Next() {
		client.Items[items.Item().JID.String()] = items.Item()
	}
	return client, items.Err()
}

// push takes what the own account says, and refuses everybody else (RFC 6121 2.1.6).
func (c *Client) push(iq stanza.IQ, t xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	if own := c.session.LocalAddr().Bare(); !iq.From.Equal(jid.JID{}) && !iq.From.Equal(own) {
		_, err := xmlstream.Copy(t, iq.Error(stanza.Error{Type: stanza.Cancel, Condition: stanza.ServiceUnavailable}))
		return err
	}
	return roster.Handler{Push: func(_ string, item roster.Item) error {
		c.Changed <- item
		return nil
	}}.HandleIQ(iq, t, start)
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: client JID PASSWORD HOST PORT CA_FILE")
		os.Exit(2)
	}
	client, err := Login(context.Background(), jid.MustParse(os.Args[1]), os.Args[2], net.JoinHostPort(os.Args[3], os.Args[4]), os.Args[5])
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
	for item := range client.Changed {
		fmt.Println("changed:", item.JID, item.Name)
	}
}
