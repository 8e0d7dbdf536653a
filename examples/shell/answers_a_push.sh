#!/usr/bin/env bash
# Does a client answer a roster push?  CLIENT is any command; it is given JID, password, host, port and CA file.
set -euo pipefail
CLIENT=${1:?usage: answers_a_push.sh COMMAND}

# Start the server and read its one line.
coproc SERVER { exec rosterkit serve --c2s-port 0 --tls-port none --control-port 0 2> /dev/null; }
trap 'kill "$SERVER_PID"' EXIT
read -r READY <&"${SERVER[0]}"
json() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
API=http://127.0.0.1:$(json '["control"]["port"]' <<< "$READY")/v1/networks/a.test
call() { curl --silent --show-error --fail-with-body --request "$1" "$API$2" --json "$3"; }

# A known state: one account with one contact.
call PUT "" '{"accounts": {"juliet": {"password": "secret", "roster": {"romeo@b.test": {"subscription": "both"}}}}}' > state

# The client connects by itself; wait until it has asked for the roster.
$CLIENT juliet@a.test secret 127.0.0.1 "$(json '["c2s"]["port"]' <<< "$READY")" "$(json '["ca_file"]' <<< "$READY")" &
call POST /wait '{"match": "<iq type=\"get\"><query xmlns=\"jabber:iq:roster\"/></iq>", "within": 10}' > asked

# Change the entry from the server's side, and wait for the answer to the push.
PUSH=$(call PUT /accounts/juliet/roster/romeo@b.test '{"subscription": "both", "name": "Romeo"}' | json '["pushes"][0]["id"]')
call POST /wait "{\"match\": \"<iq type='result' id='$PUSH'/>\", \"within\": 5}" > verdict

json '["verdict"]' < verdict
[ "$(json '["outcome"]' < verdict)" = met ] || { curl --silent "$API/transcript"; exit 1; }
