//! The core's octets, told to hickory as records: it takes no octets. Meaning stays, compression may differ.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Edns, Message, ResponseCode};
use hickory_server::proto::rr::Record;
use hickory_server::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_server::proto::serialize::binary::BinEncoder;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::{MessageResponse, MessageResponseBuilder};
use tokio::sync::watch;

use super::super::transport;
use super::desk::Desk;
use crate::client::Carrier;
use crate::metrics::DNS_DROPPED;

/// Which client stands behind a flow, by the address that hickory sees.
#[derive(Clone, Default)]
pub(super) struct Clients(Arc<watch::Sender<HashMap<SocketAddr, Known>>>);

struct Known {
    client: SocketAddr,
    asks: Arc<AtomicBool>,
}

impl Clients {
    pub(super) fn insert(&self, flow: SocketAddr, client: SocketAddr, asks: Arc<AtomicBool>) {
        self.0.send_modify(|clients| {
            clients.insert(flow, Known { client, asks });
        });
    }

    pub(super) fn remove(&self, flow: SocketAddr) {
        self.0.send_modify(|clients| {
            clients.remove(&flow);
        });
    }

    /// The client, which asks now.
    fn asking(&self, flow: SocketAddr) -> Option<SocketAddr> {
        let clients = self.0.borrow();
        let known = clients.get(&flow)?;
        known.asks.store(true, Ordering::Relaxed);
        Some(known.client)
    }
}

/// Answers what hickory has decoded.
pub(super) struct Adapter {
    pub(super) clients: Clients,
    pub(super) desk: Desk,
}

#[async_trait]
impl RequestHandler for Adapter {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut handle: R,
    ) -> ResponseInfo {
        match self.answer(request).await {
            Some(message) => {
                let sent = handle.send_response(respond(request, &message)).await;
                sent.unwrap_or_else(|_| nothing(request)) // the client went
            }
            None => nothing(request),
        }
    }
}

impl Adapter {
    /// None: the stream ends without an answer.
    async fn answer(&self, request: &Request) -> Option<Message> {
        let client = self.clients.asking(request.src())?; // others on this host have no business here
        if breaks_protocol(request) {
            DNS_DROPPED.add([transport(Carrier::Quic), "protocol"], 1);
            return None;
        }
        let octets = self.desk.answer(client, request.as_slice()).await?;
        let mut message = Message::from_vec(&octets).ok()?;
        if let Some(edns) = message.edns.as_mut().filter(|edns| edns.option(EdnsCode::Padding).is_some()) {
            edns.options_mut().remove(EdnsCode::Padding);
            pad(request, &mut message);
        }
        Some(message)
    }
}

/// RFC 9250 §4.2.1 and §5.5.2: streams tell queries apart, and QUIC has its own idle timeout.
fn breaks_protocol(request: &Request) -> bool {
    let keepalive = |edns: &Edns| edns.option(EdnsCode::Keepalive).is_some();
    request.metadata.id != 0 || request.edns.as_ref().is_some_and(keepalive)
}

/// As the core padded it, for the length that hickory's encoding has (RFC 8467 §4.1).
fn pad(request: &Request, message: &mut Message) {
    let mut octets = Vec::new();
    let encoded = respond(request, message).destructive_emit(&mut BinEncoder::new(&mut octets));
    let bare = octets.len() + OPTION_HEAD;
    let padding = bare.next_multiple_of(BLOCK).min(usize::from(u16::MAX)).checked_sub(bare);
    if let (Ok(_), Some(padding), Some(edns)) = (encoded, padding, message.edns.as_mut()) {
        edns.options_mut().insert(EdnsOption::Unknown(EdnsCode::Padding.into(), vec![0; padding]));
    }
}

fn respond<'a>(
    request: &'a Request,
    message: &'a Message,
) -> MessageResponse<
    'a,
    'a,
    impl Iterator<Item = &'a Record> + Send + 'a,
    impl Iterator<Item = &'a Record> + Send + 'a,
    impl Iterator<Item = &'a Record> + Send + 'a,
    impl Iterator<Item = &'a Record> + Send + 'a,
> {
    let mut builder = MessageResponseBuilder::from_message_request(request);
    if let Some(edns) = &message.edns {
        builder.edns(edns);
    }
    builder.build(message.metadata, &message.answers, &message.authorities, [], &message.additionals)
}

/// What hickory is told of a stream without an answer; nobody else sees it.
fn nothing(request: &Request) -> ResponseInfo {
    let mut metadata = hickory_server::proto::op::Metadata::response_from_request(&request.metadata);
    metadata.response_code = ResponseCode::ServFail;
    hickory_server::proto::op::Header { metadata, counts: Default::default() }.into()
}

/// Octets that a padded answer is a multiple of.
const BLOCK: usize = 468;
/// Octets of an option's code and length.
const OPTION_HEAD: usize = 4;
