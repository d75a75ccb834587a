//! `new WebSocket(url, protocols)` (WebSockets Standard, the constructor; HS-01 to HS-07).

use alloc::vec::Vec;

use super::conversion::string_to_utf8;
use crate::choices::Choices;
use crate::dom::web_socket::is_protocol_token;
use crate::dom::{is_forbidden_host, parse_url};
use crate::page::{JsString, Page};
use crate::profile::Csp;
use crate::trace::{
    Bound, Cause, Completion, DocumentId, Entry, Exception, Method, ReadyState, SocketId, Target, Trace,
};
use crate::world::World;
use crate::world::state::{Address, Socket};

impl<P: Page> World<'_, P> {
    pub(super) fn construct<C: Choices>(
        &mut self,
        url: &JsString,
        protocols: &[JsString],
        document: DocumentId,
        choices: &mut C,
        trace: &mut Trace,
    ) -> Completion {
        if self.state.sockets.room() == 0 {
            self.hit(Bound::Sockets, trace);
            return Completion::Normal;
        }
        let index = u8::try_from(self.state.sockets.len()).expect("there are few sockets");
        let socket = SocketId(index);
        let target = Target::Socket(socket);
        self.begin_call(target, Method::Constructor, trace);
        let mut text = core::mem::take(&mut self.scratch);
        text.clear();
        string_to_utf8(url, &mut text, trace);
        let url_len = text.len();
        let well_formed = append_protocols(protocols, &mut text, trace);
        let (url, list) = text.split_at(url_len);
        let (url_id, list_id) = (trace.intern(url), trace.intern(list));
        trace.emit(Entry::ConstructorArguments { socket, url: url_id, protocols: list_id });
        if document != DocumentId::PAGE {
            trace.emit(Entry::Belongs { socket, document });
        }
        // HS-05: the URL is judged before the subprotocols.
        let result = match parse_url(url) {
            Some(address) if well_formed => {
                let host = address.host_name(url);
                let obstacle = if is_forbidden_host(&host) {
                    Some(Cause::ContentSecurityPolicy)
                } else if address.is_port_bad() {
                    Some(Cause::BadPort)
                } else {
                    None
                };
                let host = trace.intern(&host);
                Ok(Address { host, port: address.port, obstacle, protocols: list_id })
            }
            Some(_) | None => Err(Exception::SyntaxError),
        };
        self.scratch = text;
        let csp = self.scenario.profile.csp;
        let result = result.and_then(|address| {
            let is_forbidden = address.obstacle == Some(Cause::ContentSecurityPolicy);
            if is_forbidden && csp == Csp::Throw {
                return Err(Exception::SecurityError);
            }
            if document == DocumentId::FRAME {
                self.state.lifetime.put_in_frame(socket);
            }
            self.state.sockets.push(Socket { address, ..Socket::default() }).expect("there is room");
            if is_forbidden && csp == Csp::ErrorOnly {
                self.refuse(socket, Cause::ContentSecurityPolicy, choices, trace);
            }
            Ok(())
        });
        self.end_call(target, Method::Constructor, result, trace)
    }

    /// Fails a connection before its constructor returns.
    #[cold]
    fn refuse<C: Choices>(&mut self, socket: SocketId, cause: Cause, choices: &mut C, trace: &mut Trace) {
        self.with_endpoint(socket, choices, trace, |endpoint, cx| endpoint.fail(cause, 0, cx));
        self.set_ready_state(socket, ReadyState::Closed, trace);
    }
}

/// Appends the subprotocols, separated by commas, and says whether they are well-formed and different (HS-04; A-32:
/// values that differ in case only count as equal).
fn append_protocols(protocols: &[JsString], out: &mut Vec<u8>, trace: &mut Trace) -> bool {
    let start = out.len();
    let mut well_formed = true;
    for (index, protocol) in protocols.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let at = out.len();
        string_to_utf8(protocol, out, trace);
        let (before, own) = out[start..].split_at(at - start);
        let is_repeated =
            index > 0 && before.split(|&byte| byte == b',').any(|other| other.eq_ignore_ascii_case(own));
        well_formed &= is_protocol_token(own) && !is_repeated;
    }
    well_formed
}
