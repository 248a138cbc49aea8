package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func run(ctx context.Context, fixture Fixture) error {
	if _, err := oidc.NewProvider(ctx, fixture.Issuer+"/"); err == nil {
		return errors.New("an issuer with a stray slash must not be ours")
	}
	for _, issuer := range []string{fixture.Issuer, fixture.RealmIssuer} {
		provider, err := oidc.NewProvider(ctx, issuer)
		if err != nil {
			return err
		}
		for _, clientID := range []string{"machine-rs256", "machine-ps256", "machine-es256", "machine-referential"} {
			if err := machine(ctx, provider, fixture.Application(clientID)); err != nil {
				return fmt.Errorf("%s at %s: %w", clientID, issuer, err)
			}
		}
		for _, clientID := range []string{"web-rs256", "spa-ps256", "web-es256"} {
			if err := person(ctx, fixture, provider, issuer, fixture.Application(clientID)); err != nil {
				return fmt.Errorf("%s at %s: %w", clientID, issuer, err)
			}
		}
		if err := lasting(ctx, fixture, provider, fixture.Application("web-refresh")); err != nil {
			return fmt.Errorf("web-refresh at %s: %w", issuer, err)
		}
		if err := negatives(ctx, fixture, provider); err != nil {
			return fmt.Errorf("negatives at %s: %w", issuer, err)
		}
	}
	return nil
}

// A token source renews by itself what has run out. The library knows no revocation, so that request is written here (RFC 7009 section 2.1).
func lasting(ctx context.Context, fixture Fixture, provider *oidc.Provider, application Application) error {
	config := oauth2.Config{
		ClientID: application.ClientID, ClientSecret: application.Secret(), Endpoint: style(provider.Endpoint(), application),
		RedirectURL: fixture.RedirectURI(), Scopes: []string{oidc.ScopeOpenID, "email", "orders:read"},
	}
	verifier := newVerifier()
	response, err := authorize(fixture, config, verifier, "alice", "allow")
	if err != nil {
		return err
	}
	first, err := config.Exchange(ctx, response.Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	if err != nil {
		return err
	}
	renew := func(refreshToken string) (*oauth2.Token, error) {
		return config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken, Expiry: time.Unix(1, 0)}).Token()
	}
	second, err := renew(first.RefreshToken)
	if err != nil {
		return err
	}
	again, err := renew(first.RefreshToken)
	if err != nil {
		return err
	}
	if second.RefreshToken == first.RefreshToken || again.RefreshToken != second.RefreshToken {
		return errors.New("a refresh token has one successor, given again while nobody used it")
	}
	if err := checkRenewed(ctx, provider, application, second); err != nil {
		return err
	}
	if err := revoke(provider, application, second.RefreshToken); err != nil {
		return err
	}
	if _, err := renew(second.RefreshToken); !refusedWith(err, "invalid_grant") {
		return fmt.Errorf("a revoked refresh token met %v", err)
	}
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(again)); err == nil {
		return errors.New("the access tokens of a revoked family must die")
	}
	return nil
}

func checkRenewed(ctx context.Context, provider *oidc.Provider, application Application, token *oauth2.Token) error {
	raw, _ := token.Extra("id_token").(string)
	config := &oidc.Config{ClientID: application.ClientID, SupportedSigningAlgs: []string{application.IDTokenAlg}}
	id, err := provider.Verifier(config).Verify(ctx, raw)
	if err != nil {
		return err
	}
	if id.Nonce != "" {
		return fmt.Errorf("a renewed ID token has the nonce %q", id.Nonce)
	}
	user, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err == nil && user.Subject != id.Subject {
		err = fmt.Errorf("userinfo tells of %s, the ID token of %s", user.Subject, id.Subject)
	}
	return err
}

func revoke(provider *oidc.Provider, application Application, token string) error {
	var metadata struct {
		Endpoint string `json:"revocation_endpoint"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return err
	}
	form := url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}
	request, err := http.NewRequest(http.MethodPost, metadata.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.SetBasicAuth(url.QueryEscape(application.ClientID), url.QueryEscape(application.Secret()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("revocation answered %s", answer.Status)
	}
	return nil
}

func style(endpoint oauth2.Endpoint, application Application) oauth2.Endpoint {
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	if application.AuthMethod == "client_secret_basic" {
		endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	return endpoint
}

func credentials(provider *oidc.Provider, application Application, secret string) *clientcredentials.Config {
	endpoint := style(provider.Endpoint(), application)
	return &clientcredentials.Config{
		ClientID: application.ClientID, ClientSecret: secret, TokenURL: endpoint.TokenURL, AuthStyle: endpoint.AuthStyle, Scopes: []string{"orders:read"},
	}
}

func machine(ctx context.Context, provider *oidc.Provider, application Application) error {
	token, err := credentials(provider, application, application.Secret()).Token(ctx)
	if err != nil {
		return err
	}
	if token.Type() != "Bearer" || !token.Valid() {
		return fmt.Errorf("not a valid bearer token: %q", token.Type())
	}
	if application.Format != "self_contained" {
		if parts := strings.Count(token.AccessToken, ".") + 1; parts != 5 {
			return fmt.Errorf("a referential token has 5 parts, not %d", parts)
		}
		return nil
	}
	// The library verifies any JWS of the issuer; an access token's audience is the resource server.
	verify := func(audience string) (*oidc.IDToken, error) {
		config := &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{application.Tokens.Algorithm}}
		return provider.Verifier(config).Verify(ctx, token.AccessToken)
	}
	claims, err := verify("https://orders.example/api")
	if err != nil {
		return err
	}
	if claims.Subject != application.ClientID {
		return fmt.Errorf("sub is %s", claims.Subject)
	}
	if lifetime := claims.Expiry.Unix() - claims.IssuedAt.Unix(); lifetime != application.Tokens.ExpiresAfter {
		return fmt.Errorf("the token lives %d s", lifetime)
	}
	if _, err := verify("https://billing.example/api"); err == nil {
		return errors.New("a foreign audience must be refused")
	}
	return nil
}

func person(ctx context.Context, fixture Fixture, provider *oidc.Provider, issuer string, application Application) error {
	config := oauth2.Config{
		ClientID: application.ClientID, ClientSecret: application.Secret(), Endpoint: style(provider.Endpoint(), application),
		RedirectURL: fixture.RedirectURI(), Scopes: []string{oidc.ScopeOpenID, "profile", "email", "orders:read"},
	}
	verifier := newVerifier()
	response, err := authorize(fixture, config, verifier, "alice", "allow")
	if err != nil {
		return err
	}
	if response.Get("state") != "the state" || response.Get("iss") != issuer {
		return fmt.Errorf("the response carries %v", response)
	}
	redeem := func(word string) (*oauth2.Token, error) {
		return config.Exchange(ctx, response.Get("code"), oauth2.SetAuthURLParam("code_verifier", word))
	}
	if _, err := redeem(newVerifier()); !refusedWith(err, "invalid_grant") {
		return fmt.Errorf("a wrong verifier met %v", err)
	}
	token, err := redeem(verifier)
	if err != nil {
		return err
	}
	if err := checkPerson(ctx, provider, application, token); err != nil {
		return err
	}
	if _, err := redeem(verifier); !refusedWith(err, "invalid_grant") {
		return fmt.Errorf("a replay met %v", err)
	}
	if _, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil {
		return errors.New("the tokens of a replayed code must die")
	}
	return nil
}

func authorize(fixture Fixture, config oauth2.Config, verifier, username, decision string) (url.Values, error) {
	request := config.AuthCodeURL("the state", oidc.Nonce("the nonce"),
		oauth2.SetAuthURLParam("code_challenge", challenge(verifier)), oauth2.SetAuthURLParam("code_challenge_method", "S256"))
	callback, err := fixture.Browse(request, username, decision)
	if err != nil {
		return nil, err
	}
	parsed, err := url.Parse(callback)
	if err != nil {
		return nil, err
	}
	return parsed.Query(), nil
}

func checkPerson(ctx context.Context, provider *oidc.Provider, application Application, token *oauth2.Token) error {
	raw, _ := token.Extra("id_token").(string)
	config := &oidc.Config{ClientID: application.ClientID, SupportedSigningAlgs: []string{application.IDTokenAlg}}
	id, err := provider.Verifier(config).Verify(ctx, raw)
	if err != nil {
		return err
	}
	if id.Nonce != "the nonce" {
		return fmt.Errorf("nonce is %q", id.Nonce)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		return err
	}
	user, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	if user.Subject != id.Subject || user.Email != "alice@example.org" || !user.EmailVerified {
		return fmt.Errorf("userinfo tells %+v", user)
	}
	return nil
}

func negatives(ctx context.Context, fixture Fixture, provider *oidc.Provider) error {
	for _, clientID := range []string{"machine-es256", "machine-ps256"} {
		wrong := credentials(provider, fixture.Application(clientID), "wrong-secret-wrong-secret-wrong-secret")
		if _, err := wrong.Token(ctx); !refusedWith(err, "invalid_client") {
			return fmt.Errorf("a wrong secret met %v", err)
		}
	}
	application := fixture.Application("web-rs256")
	config := oauth2.Config{
		ClientID: application.ClientID, Endpoint: provider.Endpoint(), RedirectURL: fixture.RedirectURI(), Scopes: []string{oidc.ScopeOpenID},
	}
	response, err := authorize(fixture, config, newVerifier(), "dora", "deny")
	if err != nil {
		return err
	}
	if response.Get("error") != "access_denied" || response.Get("code") != "" {
		return fmt.Errorf("a denial carries %v", response)
	}
	return nil
}

// Debian's golang.org/x/oauth2 is older than its own PKCE: RFC 7636 sections 4.1 and 4.2 by hand.
func newVerifier() string {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(random)
}

func challenge(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func refusedWith(err error, code string) bool {
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) {
		return false
	}
	var body struct {
		Error string `json:"error"`
	}
	return json.Unmarshal(refusal.Body, &body) == nil && body.Error == code
}
