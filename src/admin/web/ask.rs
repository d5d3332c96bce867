//! The explain box: what stands in it.

/// The form, and what was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Ask {
    pub(super) name: String,
    pub(super) client: String,
    pub(super) rtype: String,
    pub(super) supposed: String,
    /// Names to choose from.
    pub(super) names: Vec<Box<str>>,
}

impl Ask {
    /// An empty form about `name`.
    pub(super) fn about(name: &str, names: Vec<Box<str>>) -> Self {
        Self { name: name.to_owned(), rtype: "A".to_owned(), names, ..Self::default() }
    }

    /// The form as it was sent.
    pub(super) fn of(pairs: &[(String, String)]) -> Self {
        let value = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            name: value("name"),
            client: value("client"),
            rtype: value("type"),
            supposed: value("if"),
            names: Vec::new(),
        }
    }
}
