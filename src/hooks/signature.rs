//! What proves to a receiver that a notice is ours and new.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// `v1=HEX`: HMAC-SHA256 (RFC 2104) of the time, a dot and the body.
pub(super) fn sign(secret: &[u8], timestamp: u64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().fold("v1=".to_owned(), |text, octet| format!("{text}{octet:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_tools_compute() {
        // printf '1795150562.{"kind":"region"}' | openssl dgst -sha256 -hmac 'a secret of enough octets'
        let signature = sign(b"a secret of enough octets", 1_795_150_562, r#"{"kind":"region"}"#);
        assert_eq!(signature, EXPECTED);
    }

    const EXPECTED: &str = "v1=e094a0771ed96eb9ea4543c48e39600d98bc2ae468a252c5218c06ee7b8f33ed";
}
