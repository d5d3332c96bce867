//! The key that a layer asks with: in a file of its own, read again when it has changed, never shown.

use std::path::Path;
use std::time::SystemTime;

use hyper::header::HeaderValue;

use crate::health::FaultClass;

/// A key, and the file that it comes from.
#[derive(Debug)]
pub(super) struct Key {
    path: Box<Path>,
    /// The file as it was when it was last read.
    seen: Option<(SystemTime, u64)>,
    header: Option<HeaderValue>,
}

impl Key {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.into(), seen: None, header: None }
    }

    /// The header to send. A file that cannot be read, or holds no key, is a fault of ours.
    pub(super) async fn header(&mut self) -> Result<&HeaderValue, FaultClass> {
        let broken = |_| FaultClass::Misconfigured;
        let metadata = tokio::fs::metadata(&self.path).await.map_err(broken)?;
        let stamp = metadata.modified().ok().map(|modified| (modified, metadata.len()));
        if self.header.is_none() || stamp != self.seen {
            let text = tokio::fs::read_to_string(&self.path).await.map_err(broken)?;
            let mut header = HeaderValue::try_from(format!("Bearer {}", text.trim()))
                .map_err(|_| FaultClass::Misconfigured)?;
            header.set_sensitive(true);
            (self.header, self.seen) = (Some(header), stamp);
        }
        self.header.as_ref().ok_or(FaultClass::Misconfigured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_key_is_taken_up_and_none_is_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let mut key = Key::new(&path);
        assert_eq!(key.header().await, Err(FaultClass::Misconfigured), "no file yet");
        std::fs::write(&path, "sk-first\n").unwrap();
        assert_eq!(key.header().await.unwrap(), "Bearer sk-first");
        std::fs::write(&path, "sk-second-and-longer\n").unwrap();
        assert_eq!(key.header().await.unwrap(), "Bearer sk-second-and-longer");
        assert!(!format!("{key:?}").contains("sk-"), "{key:?}");
    }
}
