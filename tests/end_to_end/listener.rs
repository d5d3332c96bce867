//! A small HTTP peer: a gateway that can be closed, a receiver of hooks that can be unwell.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// What listens, until it is closed.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Receiver<String>,
    closed: Arc<AtomicBool>,
}

impl Peer {
    /// Answers each request with the next of these statuses, and from then on with the last one.
    pub(crate) fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let (tell, requests) = channel();
        let over = Arc::clone(&closed);
        thread::spawn(move || {
            for (at, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let status = statuses.get(at).or(statuses.last()).copied().unwrap_or(200);
                let _nobody_listens = tell.send(answer(stream, status));
            }
        });
        Self { address, requests, closed }
    }

    /// Listens no more once this returns.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        while TcpStream::connect(self.address).is_ok() {}
    }
}

fn answer(mut stream: TcpStream, status: u16) -> String {
    let mut request = Vec::new();
    let mut octets = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut octets) {
            Ok(0) | Err(_) => break,
            Ok(length) => request.extend_from_slice(&octets[..length]),
        }
    }
    let reply = format!("HTTP/1.1 {status} Told\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
    let _gone = stream.write_all(reply.as_bytes());
    String::from_utf8_lossy(&request).into_owned()
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
