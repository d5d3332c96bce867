//! Class CHAOS (RFC 4892): what software this is and which server of several, told only where the config says it.

use super::query::Question;
use crate::catalog::Host;
use crate::zone::{QueryName, Rtype};

/// The text to answer with; none: the question is not one of these, or the operator keeps it to himself.
pub(super) fn text<'a>(question: &Question, name: &QueryName, host: &'a Host) -> Option<&'a [u8]> {
    if question.class != CHAOS || Rtype(question.rtype) != Rtype::TXT {
        return None;
    }
    let text = match name.wire() {
        b"\x07version\x04bind\0" | b"\x07version\x06server\0" => &host.version,
        b"\x02id\x06server\0" | b"\x08hostname\x04bind\0" => &host.id,
        _ => return None,
    };
    Some(&**text).filter(|text| !text.is_empty())
}

const CHAOS: u16 = 3;
