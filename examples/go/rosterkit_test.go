package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// server is a rosterkit server for all tests; ROSTERKIT names the command where it is not on the PATH.
var server struct {
	api, address, caFile string
}

func TestMain(m *testing.M) {
	command := os.Getenv("ROSTERKIT")
	if command == "" {
		command = "rosterkit"
	}
	serve := exec.Command(command, "serve", "--exit-with-stdin", "--c2s-port", "0", "--tls-port", "none", "--control-port", "0")
	stdin, _ := serve.StdinPipe() // it ends with this process
	stdout, _ := serve.StdoutPipe()
	serve.Stderr = os.Stderr
	if err := serve.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "rosterkit cannot be started: install it, or name it in ROSTERKIT:", err)
		os.Exit(1)
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	var ready struct {
		C2S, Control struct {
			Host string
			Port int
		}
		CA string `json:"ca_file"`
	}
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rosterkit has not become ready:", err)
		os.Exit(1)
	}
	at := func(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
	server.api = "http://" + at(ready.Control.Host, ready.Control.Port) + "/v1/networks"
	server.address, server.caFile = at(ready.C2S.Host, ready.C2S.Port), ready.CA
	code := m.Run()
	stdin.Close()
	serve.Wait()
	os.Exit(code)
}

// call calls the control API; an answer that is JSON goes into answer.
func call(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	raw, _ := json.Marshal(body)
	request, _ := http.NewRequest(method, server.api+path, bytes.NewReader(raw))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, said)
	}
	if answer != nil {
		if err := json.Unmarshal(said, answer); err != nil {
			t.Fatal(err)
		}
	}
}

// expect waits until the client has sent what matches; where it does not, the test ends with the dialogue.
func expect(t *testing.T, network, match string) {
	t.Helper()
	var ended struct{ Outcome, Verdict string }
	call(t, "POST", network+"/wait", map[string]any{"match": match, "within": 5}, &ended)
	if ended.Outcome != "met" {
		response, _ := http.Get(server.api + network + "/transcript")
		dialogue, _ := io.ReadAll(response.Body)
		t.Fatalf("%s\n%s", ended.Verdict, dialogue)
	}
}
