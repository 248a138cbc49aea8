// go-oidc: Go's usual client, as Debian packages it, with golang.org/x/oauth2 below it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Application is one of realm.toml's, as far as a client cares.
type Application struct {
	ID         string   `json:"id"`
	ClientID   string   `json:"client_id"`
	Secrets    []string `json:"client_secrets"`
	AuthMethod string   `json:"token_endpoint_auth_method"`
	IDTokenAlg string   `json:"id_token_signed_response_alg"`
	Format     string   `json:"token_format"`
	Tokens     struct {
		ExpiresAfter int64  `json:"expires_after"`
		Algorithm    string `json:"token_signing_algorithm"`
	} `json:"token_configuration"`
}

// Secret is the first one, or nothing for a public application.
func (a Application) Secret() string {
	if len(a.Secrets) == 0 {
		return ""
	}
	return a.Secrets[0]
}

// Fixture is what `run` tells a client.
type Fixture struct {
	Issuer       string        `json:"issuer"`
	RealmIssuer  string        `json:"realm_issuer"`
	CallbackPort int           `json:"callback_port"`
	Applications []Application `json:"applications"`
	Users        []struct {
		Username, Password, Email string
	} `json:"users"`
}

// Application finds one by its client_id.
func (f Fixture) Application(clientID string) Application {
	for _, application := range f.Applications {
		if application.ClientID == clientID {
			return application
		}
	}
	panic("realm.toml has no application " + clientID)
}

// RedirectURI is where the browser stops.
func (f Fixture) RedirectURI() string {
	return fmt.Sprintf("http://localhost:%d/callback", f.CallbackPort)
}

// Browse has a person sign in and decide, and returns the redirect URI with the response on it.
func (f Fixture) Browse(url, username, decision string) (string, error) {
	for _, user := range f.Users {
		if user.Username != username {
			continue
		}
		command := exec.Command("python3", "-B", os.Getenv("INTEROP_BROWSER"), "--url", url, "--until", f.RedirectURI(),
			"--username", username, "--password", user.Password, "--decision", decision)
		out, err := command.Output()
		if failed, ok := err.(*exec.ExitError); ok {
			return "", fmt.Errorf("%s", failed.Stderr)
		}
		return strings.TrimSpace(string(out)), err
	}
	return "", fmt.Errorf("realm.toml has no user %s", username)
}

func main() {
	text, err := os.ReadFile(os.Getenv("INTEROP_FIXTURE"))
	var fixture Fixture
	if err == nil {
		err = json.Unmarshal(text, &fixture)
	}
	if err == nil {
		err = run(context.Background(), fixture)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("ok go-oidc %s: 2 issuers byte by byte, 4 machines, 3 applications by code + PKCE in RS256, PS256 and ES256 with nonce and at_hash, "+
		"userinfo, a token source that refreshes, revocation; stray slash, foreign audience, wrong verifier and secret, deny and replay refused\n", os.Getenv("GO_OIDC_VERSION"))
}
