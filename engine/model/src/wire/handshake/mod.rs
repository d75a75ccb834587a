//! The opening handshake, as far as it decides how a connection closes (RFC 6455 section 4): key and its
//! answer, request and response.

mod base64;
mod key;
mod response;
mod sha1;
#[cfg(test)]
mod tests;
mod write;

pub use key::{accept, key};
pub use response::{Accepted, RESPONSE_LEN_MAX, parse_response, parse_response_under};
pub use write::{Request, request, response, response_len};
