//! The events of a streamed answer (server-sent events, as gateways stream completions), told from its octets. Pure.

use std::mem::take;

/// What a stream has brought so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    /// Pieces of a completion.
    pub(super) chunks: u32,
    /// Whether a frame told of an error.
    pub(super) failed: bool,
    /// Whether `[DONE]` came.
    pub(super) done: bool,
}

impl Events {
    /// Takes in the next octets, wherever they were cut.
    pub(super) fn take(&mut self, octets: &[u8]) {
        for octet in octets {
            match octet {
                b'\n' | b'\r' => self.end_of_line(),
                octet => self.line.push(*octet),
            }
        }
    }

    /// What a whole body brings.
    pub(super) fn of(body: &[u8]) -> Self {
        let mut events = Self::default();
        events.take(body);
        events.end_of_line();
        events
    }

    fn end_of_line(&mut self) {
        let line = take(&mut self.line);
        let Some(data) = line.strip_prefix(b"data:") else { return };
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.done = true;
            return;
        }
        let frame = serde_json::from_slice::<serde_json::Value>(data).unwrap_or_default();
        if frame.get("error").is_some_and(|error| !error.is_null()) {
            self.failed = true;
        } else if frame.get("choices").is_some() {
            self.chunks += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": keep-alive\r\n\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"p\"}}]}\r\n\r\nevent: x\ndata:{\"choices\":[]}\n\ndata: [DONE]\n\n";

    #[test]
    fn a_stream_is_read_the_same_wherever_it_is_cut() {
        for cut in 0..STREAM.len() {
            let mut events = Events::default();
            events.take(&STREAM.as_bytes()[..cut]);
            events.take(&STREAM.as_bytes()[cut..]);
            assert_eq!((events.chunks, events.failed, events.done), (2, false, true), "cut at {cut}");
        }
    }

    #[test]
    fn an_error_frame_is_no_chunk_and_a_cut_stream_is_not_done() {
        let events = Events::of(
            b"data: {\"choices\":[]}\n\ndata: {\"error\": {\"message\": \"litellm.APIConnectionError\"}}",
        );
        assert_eq!((events.chunks, events.failed, events.done), (1, true, false));
        assert!(!Events::of(b"data: {\"error\": null, \"choices\": []}\n").failed);
    }
}
