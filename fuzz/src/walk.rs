//! A reader of messages that shares no code with the server or the oracle: where the last record ends.

/// The position behind the last record; none where a record is cut short. (The oracle ignores what follows it.)
pub(crate) fn end(message: &[u8]) -> Option<usize> {
    let count = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    let mut at = 12;
    for _ in 0..count(4)? {
        at = name_end(message, at)? + 4;
    }
    for _ in 0..u32::from(count(6)?) + u32::from(count(8)?) + u32::from(count(10)?) {
        let fixed = name_end(message, at)?;
        at = fixed + 10 + usize::from(count(fixed + 8)?);
    }
    (at <= message.len()).then_some(at)
}

fn name_end(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            192.. => return Some(at + 2),
            label => at += 1 + usize::from(label),
        }
    }
}
