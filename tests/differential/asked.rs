//! Asks one server: a connected UDP socket and a kept TCP connection. Answers come decoded and comparable.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, Record};
use hickory_proto::serialize::binary::BinDecodable;

use super::questions::{DNAME, Manner, Question};
use super::servers::Server;

/// One server's side of the conversation.
pub(crate) struct Asker {
    pub(crate) name: &'static str,
    address: SocketAddr,
    udp: UdpSocket,
    tcp: Option<TcpStream>,
}

/// What an answer means: flags and sets, lower case. The OPT is only there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) rcode: u16,
    pub(crate) aa: bool,
    pub(crate) tc: bool,
    pub(crate) edns: bool,
    pub(crate) answer: BTreeSet<Item>,
    pub(crate) authority: BTreeSet<Item>,
    pub(crate) additional: BTreeSet<Item>,
}

/// One record: owner, type, data, and the whole in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    pub(crate) owner: String,
    pub(crate) rtype: u16,
    pub(crate) data: String,
    pub(crate) text: String,
}

impl Asker {
    pub(crate) fn new(server: &Server) -> Self {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.connect(server.address).unwrap();
        udp.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { name: server.name, address: server.address, udp, tcp: None }
    }

    /// Sends a question; [`Asker::receive`] with the same takes the answer.
    pub(crate) fn send(&mut self, question: &Question, id: u16) {
        let query = question.encode(id);
        match question.manner {
            Manner::Stream => self.send_on_stream(&query),
            Manner::Plain | Manner::Edns => self.udp.send(&query).map(drop).unwrap_or_default(),
        }
    }

    /// The answer to what was sent; asks again where it is lost.
    pub(crate) fn receive(&mut self, question: &Question, id: u16) -> Answer {
        for _ in 0..TRIES {
            match self.next(question, id) {
                Some(answer) => return answer,
                None => self.send(question, id),
            }
        }
        panic!("{} does not answer {question}", self.name);
    }

    /// The answer to what was sent; none when it does not come.
    pub(crate) fn next(&mut self, question: &Question, id: u16) -> Option<Answer> {
        let mut octets = vec![0; 65_535];
        loop {
            let length = match question.manner {
                Manner::Stream => self.read_from_stream(&mut octets)?,
                Manner::Plain | Manner::Edns => self.udp.recv(&mut octets).ok()?,
            };
            if octets[..2] == id.to_be_bytes() {
                return Some(Answer::read(&octets[..length], self.name));
            }
        }
    }

    fn send_on_stream(&mut self, query: &[u8]) {
        let framed = [&(query.len() as u16).to_be_bytes(), query].concat();
        if self.tcp.as_mut().is_some_and(|stream| stream.write_all(&framed).is_ok()) {
            return;
        }
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&framed).unwrap();
        self.tcp = Some(stream);
    }

    /// None when the connection is gone.
    fn read_from_stream(&mut self, octets: &mut [u8]) -> Option<usize> {
        let mut read = || {
            let stream = self.tcp.as_mut()?;
            let mut length = [0; 2];
            stream.read_exact(&mut length).ok()?;
            let length = usize::from(u16::from_be_bytes(length));
            stream.read_exact(&mut octets[..length]).ok()?;
            Some(length)
        };
        let length = read();
        if length.is_none() {
            self.tcp = None;
        }
        length
    }
}

impl Answer {
    fn read(octets: &[u8], server: &str) -> Self {
        let message =
            Message::from_vec(octets).unwrap_or_else(|error| panic!("{server}: {error} in {octets:02x?}"));
        let items = |records: &[Record]| records.iter().map(Item::read).collect();
        Self {
            rcode: message.metadata.response_code.into(),
            aa: message.metadata.authoritative,
            tc: message.metadata.truncation,
            edns: message.edns.is_some(),
            answer: items(&message.answers),
            authority: items(&message.authorities),
            additional: items(&message.additionals),
        }
    }
}

impl Item {
    fn read(record: &Record) -> Self {
        let owner = record.name.to_string().to_lowercase();
        let data = match &record.data {
            // The oracle does not know DNAME.
            RData::Unknown { rdata, .. } if u16::from(record.record_type()) == DNAME => {
                Name::from_bytes(&rdata.anything).unwrap().to_string().to_lowercase()
            }
            data => data.to_string().to_lowercase(),
        };
        let rtype = record.record_type().into();
        Self { text: format!("{owner} {} TYPE{rtype} {data}", record.ttl), owner, rtype, data }
    }
}

const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: usize = 5;
