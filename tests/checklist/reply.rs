//! An answer, decoded by another's code, with its raw octets beside.

use hickory_proto::op::Message;
use hickory_proto::rr::{Record, RecordType};

/// An answer that decodes and ends where its last record ends.
pub(crate) struct Reply {
    pub(crate) octets: Vec<u8>,
    message: Message,
}

impl Reply {
    pub(crate) fn read(octets: Vec<u8>) -> Self {
        let message = Message::from_vec(&octets).unwrap_or_else(|error| panic!("{error}: {octets:?}"));
        if message.queries.len() + message.answers.len() + message.authorities.len() > 0 {
            let cut = Message::from_vec(&octets[..octets.len() - 1]);
            assert!(cut.is_err(), "octets behind the last record: {octets:?}");
        }
        Self { octets, message }
    }

    /// The RCODE with its extended bits.
    pub(crate) fn rcode(&self) -> u16 {
        let low = u16::from(self.octets[3] & 0x0f);
        self.opt().map_or(low, |opt| u16::from(opt[2]) << 4 | low)
    }

    pub(crate) fn is_authoritative(&self) -> bool {
        self.octets[2] & 0x04 != 0
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.octets[2] & 0x02 != 0
    }

    /// The four counts of the header.
    pub(crate) fn counts(&self) -> [u16; 4] {
        [4, 6, 8, 10].map(|at| u16::from_be_bytes([self.octets[at], self.octets[at + 1]]))
    }

    /// Everything behind the header up to the end of the question.
    pub(crate) fn question(&self) -> &[u8] {
        match self.counts()[0] {
            0 => &[],
            _ => &self.octets[12..self.question_end()],
        }
    }

    fn question_end(&self) -> usize {
        let mut at = 12;
        while self.octets[at] != 0 {
            at += 1 + usize::from(self.octets[at]);
        }
        at + 5
    }

    /// The answer section, `name ttl class type rdata` a record, names as the message has them.
    pub(crate) fn answers(&self) -> Vec<String> {
        texts(&self.message.answers)
    }

    pub(crate) fn authorities(&self) -> Vec<String> {
        texts(&self.message.authorities)
    }

    /// Without the OPT.
    pub(crate) fn additionals(&self) -> Vec<String> {
        texts(&self.message.additionals)
    }

    /// Whether it is a negative answer: authoritative, no data, and the SOA with the lesser of its TTL and MINIMUM.
    pub(crate) fn is_negative(&self) -> bool {
        let soa = ["example.test. 60 IN SOA ns1.example.test. host.example.test. 7 7200 900 1209600 60"];
        self.is_authoritative() && self.answers().is_empty() && self.authorities() == soa
    }

    /// Whether there is no record at all but the OPT.
    pub(crate) fn is_empty(&self) -> bool {
        self.answers().is_empty() && self.authorities().is_empty() && self.additionals().is_empty()
    }

    /// The OPT from its class on: size, extended RCODE, version, flags, length, options.
    pub(crate) fn opt(&self) -> Option<&[u8]> {
        self.message.edns.as_ref()?;
        // Our OPT is the last record but for a TSIG, and its owner the root.
        let start = (12..self.octets.len()).rev().find(|at| {
            let here = &self.octets[*at..];
            let Some([0, 0, 41, 0x04, 0xd0, _, _, _, _, high, low]) = here.first_chunk::<11>() else {
                return false;
            };
            let end = 11 + usize::from(u16::from_be_bytes([*high, *low]));
            end == here.len() || (end < here.len() && self.message.signature.is_some())
        });
        Some(&self.octets[start.expect("an OPT where hickory found one") + 3..])
    }

    /// The data of an option; none: there is none.
    pub(crate) fn option(&self, code: u16) -> Option<Vec<u8>> {
        self.options().into_iter().find(|(found, _)| *found == code).map(|(_, data)| data)
    }

    /// Every option, in order.
    pub(crate) fn options(&self) -> Vec<(u16, Vec<u8>)> {
        let opt = self.opt().unwrap_or(&[0; 8]);
        let length = usize::from(u16::from_be_bytes([opt[6], opt[7]]));
        let mut rest = &opt[8..8 + length];
        let mut options = Vec::new();
        while let Some(([c0, c1, l0, l1], after)) = rest.split_first_chunk::<4>() {
            let (data, after) = after.split_at(usize::from(u16::from_be_bytes([*l0, *l1])));
            options.push((u16::from_be_bytes([*c0, *c1]), data.to_vec()));
            rest = after;
        }
        assert!(rest.is_empty(), "half an option: {rest:?}");
        options
    }

    /// The extended error.
    pub(crate) fn trouble(&self) -> Option<u16> {
        self.option(15).map(|data| u16::from_be_bytes([data[0], data[1]]))
    }

    /// Whether there is a signature, which only says why it is none.
    pub(crate) fn has_signature(&self) -> bool {
        self.message.signature.is_some()
    }
}

fn texts(records: &[Record]) -> Vec<String> {
    let data = records.iter().filter(|record| record.record_type() != RecordType::OPT);
    data.map(|record| record.to_string()).collect()
}
