//! The requests of the HTTP layers: who asks, whom, with what.

use hyper::Method;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};

use crate::fetch::{self, Asked};
use crate::health::FaultClass;

/// What a layer asks for.
#[derive(Clone, Debug)]
pub(super) struct Question<'a> {
    /// What the Host header says.
    pub(super) authority: &'a str,
    /// Path and query.
    pub(super) path: &'a str,
    /// By this name operators find the probe in their logs, and can leave it out of their figures.
    pub(super) agent: &'a str,
    /// The key to ask with.
    pub(super) key: Option<&'a HeaderValue>,
}

impl Question<'_> {
    /// A GET; never a HEAD, which gateways answer with 405.
    pub(super) fn get(&self) -> Result<Asked, FaultClass> {
        self.request(Method::GET, String::new())
    }

    /// A POST of JSON.
    pub(super) fn post(&self, json: String) -> Result<Asked, FaultClass> {
        self.request(Method::POST, json)
    }

    fn request(&self, method: Method, json: String) -> Result<Asked, FaultClass> {
        let mut request = hyper::Request::builder()
            .uri(self.path)
            .header(HOST, self.authority)
            .header(USER_AGENT, self.agent)
            .header(CONNECTION, "close");
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(key) = self.key {
            request = request.header(AUTHORIZATION, key);
        }
        request.method(method).body(fetch::body(json)).map_err(|_| FaultClass::Misconfigured)
    }
}

/// More than this is no health answer.
pub(super) const BODY_CAP: usize = 64 * 1024;
