/* A libstrophe client that asks for its roster and answers pushes.
 *   cc -o client client.c $(pkg-config --cflags --libs libstrophe)
 *   ../shell/answers_a_push.sh ./client                                */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

static int pushed(xmpp_conn_t *conn, xmpp_stanza_t *push, void *ctx)
{
    const char *from = xmpp_stanza_get_from(push);
    char *own = xmpp_jid_bare(ctx, xmpp_conn_get_bound_jid(conn));
    if (!from || strcmp(from, own) == 0) { /* RFC 6121 2.1.6: everybody else is a stranger */
        xmpp_stanza_t *result = xmpp_iq_new(ctx, "result", xmpp_stanza_get_id(push));
        xmpp_send(conn, result);
        xmpp_stanza_release(result);
    }
    xmpp_free(ctx, own);
    return 1;
}

static void connected(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *why, void *ctx)
{
    (void)error, (void)why;
    if (event != XMPP_CONN_CONNECT) {
        xmpp_stop(ctx);
        return;
    }
    xmpp_stanza_t *get = xmpp_iq_new(ctx, "get", "roster"), *query = xmpp_stanza_new(ctx);
    xmpp_stanza_set_name(query, "query");
    xmpp_stanza_set_ns(query, XMPP_NS_ROSTER);
    xmpp_stanza_add_child_ex(get, query, 0);
    xmpp_handler_add(conn, pushed, XMPP_NS_ROSTER, "iq", "set", ctx);
    xmpp_send(conn, get);
    xmpp_stanza_release(get);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return fprintf(stderr, "usage: client JID PASSWORD HOST PORT CA_FILE\n"), 2;
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    xmpp_conn_t *conn = xmpp_conn_new(ctx);
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_MANDATORY_TLS);
    xmpp_conn_set_cafile(conn, argv[5]);
    xmpp_conn_set_jid(conn, argv[1]);
    xmpp_conn_set_pass(conn, argv[2]);
    if (xmpp_connect_client(conn, argv[3], (unsigned short)atoi(argv[4]), connected, ctx) == XMPP_EOK)
        xmpp_run(ctx);
    xmpp_conn_release(conn);
    xmpp_ctx_free(ctx);
    return 0;
}
