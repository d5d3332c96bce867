//! The files that the page names, compiled in.

use axum::http::header::{CONTENT_TYPE, HeaderName};

/// A file with its type.
pub(super) type Asset = ([(HeaderName, &'static str); 1], &'static str);

/// `/page.js`
pub(super) async fn script() -> Asset {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("static/page.js"))
}

/// `/style.css`
pub(super) async fn style() -> Asset {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("static/style.css"))
}

/// `/icon.svg`
pub(super) async fn icon() -> Asset {
    ([(CONTENT_TYPE, "image/svg+xml")], include_str!("static/icon.svg"))
}
