//! A simulator of the Zuora REST API: a tenant for tests, on loopback or inside the process.
//!
//! It refuses what Zuora refuses and fails the way Zuora fails, so that a client can be tried against
//! expired tokens, rate limits, gateways and broken connections without a tenant, and in virtual time.
//! It shares no rule with the client of this project: it is written from the documents on its own.
//!
//! What it does is marked in the source as *documented* by Zuora, *observed* in public code and
//! recordings, or a *guess* where neither says anything.
//!
//! # What it answers
//! - `createToken`: `POST /oauth/token`.
//! - Every operation of the API reference: requests are held against its schemas, and what is written can be
//!   read back. `Zuora-Sim-Basis` says of each answer what it is made from: `state`, the tenant's data;
//!   `sample`, the reply's schema; `guess`, a schema that is not known in full.
//! - `/v2/accounts`, the accounts as Quickstart lists them.
//! - `/_sim/`, for this machine only: a page for people, `GET state`, `GET counters`,
//!   `GET requests?operation&method&path&status&from&limit&bodies`, `GET requests/{number}`,
//!   `GET coverage`, `GET tokens`, `GET limits`, `GET tables/{name}`, `DELETE faults/{number}`, `GET clock`,
//!   `POST clock/set {"wall"}`, `POST clock/advance {"seconds"}`, `POST clock/suspend {"seconds"}`,
//!   `POST clock/freeze`, `POST clock/resume`, `POST revoke-tokens`, `GET`, `POST` and
//!   `DELETE faults`, `POST token-reuse {"reuse"}`, `POST token-lifetime {"expiresIn","livesSeconds"}`,
//!   `POST limits {"profile",...}`, `POST idempotency`, `POST connections`,
//!   `POST service-time {"operation","seconds"}`, `POST behaviour`, `POST lists {"operation","items"}`,
//!   `GET clients`, `POST clients {"id","secret",...}`, `DELETE clients/{id}`,
//!   `POST scenario {"name"}`, `GET snapshot`, `POST restore`, `GET tables`, `GET events?after=`,
//!   `GET openapi.json`,
//!   `POST files {"id","size",...}`, `GET executions`, `GET uploads`, `POST reset`
//!
//! Any other path answers 501 and names itself: a test never passes on an answer that nobody meant.
//!
//! A tenant begins empty, with [one account](SimulatorBuilder::one_account), with the
//! [demo](SimulatorBuilder::demo), or with [data of its own](SimulatorBuilder::data).
//!
//! # How a call is answered
//! Fault, rate windows, bearer token, concurrency, idempotency key, body, operation: the first that
//! refuses answers. The work is done at once and noted in [`Simulator::executions`]; the reply waits for
//! the operation's service time, and is the gateway's 504 when that is longer than 120 s.
//!
//! # Two doors
//! [`SimulatorBuilder::start`] listens on a socket, for any client in any language.
//! [`Simulator::transport`] answers through the [`Transport`](zuora_wire::Transport) seam without one,
//! where virtual time is exact; [`SimulatorBuilder::build`] makes a simulator with that door only.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use zuora_sim::{Fault, Simulator, VirtualClock};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = VirtualClock::frozen_at(SystemTime::UNIX_EPOCH);
//! let simulator = Simulator::builder().clock(clock.clone()).seed(7).build()?;
//! simulator.inject(Fault::on("createToken").status(503).times(1))?;
//!
//! let form = url::form_urlencoded::Serializer::new(String::new())
//!     .append_pair("client_id", simulator.client_id())
//!     .append_pair("client_secret", simulator.client_secret())
//!     .append_pair("grant_type", "client_credentials")
//!     .finish();
//! let ask = || {
//!     let request = http::Request::post(format!("{}/oauth/token", simulator.base_url()))
//!         .header("content-type", "application/x-www-form-urlencoded")
//!         .body(form.clone().into());
//!     request.map(|request| simulator.transport().send(request))
//! };
//! assert_eq!(ask()?.await?.status(), 503);
//! assert_eq!(ask()?.await?.status(), 200);
//! assert_eq!(simulator.tokens_minted(simulator.client_id()), 1);
//!
//! clock.advance(Duration::from_secs(3598)); // and the token has expired
//! # Ok(())
//! # }
//! ```

mod action;
mod admin;
mod admin_clients;
mod admin_data;
mod admin_seen;
mod admin_settings;
mod answer;
mod auth;
mod body;
mod builder;
mod check;
mod client;
mod clock;
mod compress;
mod concurrency;
mod configure;
mod connections;
mod content;
mod coverage;
mod crowd;
mod days;
mod described;
mod dispatch;
mod error_shape;
mod errors;
mod fault;
mod fault_body;
mod fault_json;
mod fields;
mod files;
mod guard;
mod idempotency;
mod ids;
mod journal;
mod ledger;
mod lifetime;
mod limits;
mod lists;
mod long_url;
mod made_up;
mod made_up_csv;
mod made_up_times;
mod masked;
mod message;
mod oauth;
mod page;
mod paging;
mod pipeline;
mod problem;
mod ragged;
mod rate;
mod reason;
mod requests;
mod route;
mod scenario;
mod seam;
mod server;
mod settings;
mod sim_file;
mod simulator;
mod socket;
mod state;
mod table;
mod tenant;
mod tls;
mod token_window;
mod tokens;
mod upload;
mod version;

pub use builder::SimulatorBuilder;
pub use client::SimClient;
pub use clock::VirtualClock;
pub use connections::ConnectionRules;
pub use coverage::Coverage;
pub use error_shape::ErrorShape;
pub use fault::{BadFault, Fault, PageFault};
pub use fault_body::FaultBody;
pub use idempotency::IdempotencyRules;
pub use journal::{RecordedRequest, RequestLine};
pub use ledger::Execution;
pub use lifetime::{ExpiresIn, TokenReuse};
pub use limits::{ConcurrencyClass, Limits, WindowKind};
pub use requests::Requests;
pub use scenario::Scenario;
pub use sim_file::SimFile;
pub use simulator::Simulator;
pub use upload::{Upload, UploadPart};
