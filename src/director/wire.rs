//! The edges that speak to people and to successors, and the channels by which the loop hears them.

use std::net::TcpListener;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};

use super::bind::Doors;
use super::reload::Settings;
use super::start::StartError;
use crate::admin::{self, Act, Admin, Web, WebSources};
use crate::handover::{Ask, Door};
use crate::metrics::Exposition;
use crate::world::StampedEvent;

/// The edges at work, and what they say.
pub(super) struct Edges {
    pub(super) acts: mpsc::Receiver<Act>,
    pub(super) told: broadcast::Sender<StampedEvent>,
    pub(super) admin: Option<Admin>,
    pub(super) web: Option<Web>,
    pub(super) door: Option<Door>,
    pub(super) asks: mpsc::Receiver<Ask>,
}

impl Edges {
    /// Opens all that the config asks for. What comes waits for the loop.
    pub(super) fn open(
        settings: &Settings,
        doors: Doors,
        web: Option<TcpListener>,
        exposition: &Exposition,
    ) -> Result<Self, StartError> {
        let (act_sender, acts) = mpsc::channel(WAITING_ACTS);
        let (ask_sender, asks) = mpsc::channel(WAITING_ASKS);
        let (told, _) = broadcast::channel(TOLD_EVENTS);
        let limits = admin::Limits::default();
        let admin = settings.admin.as_ref().zip(doors.admin).map(|(admin, listener)| {
            Admin::start(listener, &admin.socket, act_sender.clone(), told.clone(), limits)
        });
        let exposition = exposition.clone();
        let metrics = Arc::new(move || exposition.render());
        let sources = WebSources { acts: act_sender, events: told.clone(), metrics };
        let web = web.map(|listener| Web::start(listener, sources, limits));
        let door = doors.takeover.map(|listener| Door::open(listener, ask_sender));
        Ok(Self {
            acts,
            told,
            admin: admin.transpose()?,
            web: web.transpose()?,
            door: door.transpose().map_err(StartError::System)?,
            asks,
        })
    }
}

/// Acts that wait for the loop at most.
const WAITING_ACTS: usize = 64;
/// Words of a successor that wait: there is one at a time.
const WAITING_ASKS: usize = 4;
/// Events that a slow follower may be behind.
const TOLD_EVENTS: usize = 1024;
