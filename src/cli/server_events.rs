//! Server-sent events (WHATWG HTML §9.2) out of a stream of bytes, as far as the admin socket writes them.

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// The last `id:` so far.
    pub(super) id: Option<u64>,
    /// The `event:` field; empty for an ordinary one.
    pub(super) name: String,
    /// The `data:` lines, joined.
    pub(super) data: String,
}

/// Bytes in, events out.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    line: Vec<u8>,
    event: Told,
}

impl Parser {
    /// Takes a piece of the stream and returns the events that it completes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => told.extend(self.end_line()),
                b'\r' => {}
                _ if self.line.len() < LONGEST_LINE => self.line.push(byte),
                _ => {}
            }
        }
        told
    }

    fn end_line(&mut self) -> Option<Told> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if line.is_empty() {
            let ended = std::mem::take(&mut self.event);
            return (!ended.data.is_empty()).then_some(ended);
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.event.id = value.parse().ok(),
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data += value;
            }
            _ => {}
        }
        None
    }
}

/// Longer lines are cut; no event of ours comes near.
const LONGEST_LINE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_the_stream_is_cut() {
        let stream =
            b": keep-alive\n\nid: 7\ndata: {\"a\":1}\n\nevent: lagged\ndata: x\ndata: y\n\nid: 8\ndata: half";
        let expected = [
            Told { id: Some(7), name: String::new(), data: "{\"a\":1}".to_owned() },
            Told { id: None, name: "lagged".to_owned(), data: "x\ny".to_owned() },
        ];
        for size in [1, 2, 3, 7, stream.len()] {
            let mut parser = Parser::default();
            let told: Vec<Told> = stream.chunks(size).flat_map(|piece| parser.take(piece)).collect();
            assert_eq!(told, expected, "in pieces of {size}");
        }
    }
}
