//! `/authorize`: what is read, where answers may go, PKCE, responses.
mod pkce;
mod redirect_uri;
mod request;
mod responses;
