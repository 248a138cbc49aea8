//! The pages: sign-in, consent, sign-out, their forms and headers, and what prompt asks of them.
mod consent;
mod forms;
mod headers;
mod prompt;
mod sign_in;
mod sign_out;
