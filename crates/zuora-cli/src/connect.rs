//! From the connection options to a client.

use crate::{
    args::Connection,
    environment::{self, Place},
    report::{Code, Failure},
    secret,
    variable::{list, variable},
};
use std::{fs, sync::Arc, time::Duration};
use zuora_core::{
    Client, ClientBuilder, ClientId, ClientSecret, Credentials, EntityId, Environment, Error,
    ErrorKind, FileStore, OrgId, Timeouts, TrackId,
};
use zuora_sim::Simulator;

/// A client, and what it was made of.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
    pub(crate) entity_ids: Vec<EntityId>,
    pub(crate) org_ids: Vec<OrgId>,
    pub(crate) track_id: Option<TrackId>,
    /// What was typed: it holds for large files too.
    pub(crate) timeout: Option<Duration>,
    /// Held for its drop, which ends it.
    _simulator: Option<Simulator>,
}

pub(crate) async fn connect(options: &Connection) -> Result<Session, Failure> {
    // All that can be checked comes before the question for the secret.
    let place = environment::choose(options.env.as_deref())?;
    let track_id = options.track_id.as_deref().map(TrackId::new).transpose()?;
    let in_process = matches!(place, Place::Simulator);
    let any_length = options.skip_length_rules;
    let entity_ids = ids(
        "--entity",
        &options.entity,
        "ZUORA_ENTITY_IDS",
        in_process,
        |id| match any_length {
            true => EntityId::of_any_length(id),
            false => EntityId::new(id),
        },
    )?;
    let org_ids = ids(
        "--org",
        &options.org,
        "ZUORA_ORG_IDS",
        in_process,
        OrgId::new,
    )?;
    let mut builder = Client::builder()
        .user_agent_suffix(concat!("zuora-cli/", env!("CARGO_PKG_VERSION")))
        .entity_ids(entity_ids.clone())
        .org_ids(org_ids.clone())
        .refresh_ahead(false)
        .timeouts(timeouts(options));
    if let Some(tries) = options.tries {
        builder = builder.tries(tries);
    }
    if let Some(id) = &track_id {
        builder = builder.track_id(id.clone());
    }
    for host in &options.allow_plain_http {
        builder = builder.allow_plain_http(host);
    }
    if let Some(path) = &options.root_certificate {
        let pem = fs::read(path).map_err(|error| {
            Failure::usage(format!(
                "--root-certificate: the file {} cannot be read",
                path.display()
            ))
            .caused_by(&error)
        })?;
        builder = builder.root_certificates(pem);
    }

    let (builder, client_id, client_secret, simulator) = match place {
        Place::Simulator => simulated(builder, options).await?,
        Place::At(environment) => real(builder, options, environment)?,
    };
    let credentials = Credentials::new(client_id.clone(), client_secret.clone());
    let client = builder
        .credentials(credentials)
        .build()
        .map_err(|error| refused_plain_http(error, options))?;
    Ok(Session {
        timeout: options.timeout,
        client,
        client_id,
        client_secret,
        entity_ids,
        org_ids,
        track_id,
        _simulator: simulator,
    })
}

type Parts = (ClientBuilder, ClientId, ClientSecret, Option<Simulator>);

/// A simulator for this one command: its own client, nothing from the variables, nothing on disk. It has
/// the demo data, so that there is something to read.
async fn simulated(builder: ClientBuilder, options: &Connection) -> Result<Parts, Failure> {
    if options.client_id.is_some() || options.secret_file.is_some() {
        tracing::warn!(
            "--env sim has a client of its own; --client-id and --secret-file are not used"
        );
    }
    let simulator = Simulator::builder().demo().start();
    let simulator = simulator.await.map_err(|error| {
        Failure::new(Code::General, "the simulator could not be started").caused_by(&error)
    })?;
    let id = ClientId::of_any_length(simulator.client_id())?;
    let secret = ClientSecret::of_any_length(simulator.client_secret())?;
    let builder = builder.environment(Environment::url(simulator.base_url())?);
    Ok((builder, id, secret, Some(simulator)))
}

fn real(
    mut builder: ClientBuilder,
    options: &Connection,
    environment: Environment,
) -> Result<Parts, Failure> {
    let (setting, id) = match &options.client_id {
        Some(id) => ("--client-id", id.clone()),
        None => match variable("ZUORA_CLIENT_ID")? {
            Some(id) => ("ZUORA_CLIENT_ID", id),
            None => {
                return Err(Failure::usage("the client id is missing")
                    .hint("name the OAuth client with --client-id ID, or set ZUORA_CLIENT_ID"));
            }
        },
    };
    let any_length = options.skip_length_rules;
    let id = match any_length {
        true => ClientId::of_any_length(id),
        false => ClientId::new(id),
    }
    .map_err(|error| wrong_form(&error, setting))?;
    if let Some(version) = variable("ZUORA_VERSION")? {
        builder = builder.zuora_version(&version);
    }
    let builder = builder.environment(environment.clone());
    let secret = secret::find(
        options.secret_file.as_deref(),
        id.as_str(),
        environment.base_url(),
    )?;
    let secret = match any_length {
        true => ClientSecret::of_any_length(secret.as_str()),
        false => ClientSecret::new(secret.as_str()),
    }
    .map_err(|error| wrong_form(&error, "client secret"))?;

    let builder = match FileStore::of_user() {
        Ok(store) => builder.token_store(Arc::new(store)),
        Err(error) => {
            tracing::warn!(%error, "tokens are not shared with other runs");
            builder
        }
    };
    Ok((builder, id, secret, None))
}

/// Ids from a flag, else from a variable. A simulator inside this process knows none of the real
/// ones, so that the variable does not count for it.
fn ids<T>(
    flag: &str,
    given: &[String],
    name: &str,
    in_process: bool,
    parse: impl Fn(String) -> Result<T, Error>,
) -> Result<Vec<T>, Failure> {
    let (setting, texts) = match given {
        [] if in_process => return Ok(Vec::new()),
        [] => (name, list(name)?),
        given => (flag, given.to_vec()),
    };
    let parsed: Result<Vec<T>, Error> = texts.into_iter().map(parse).collect();
    parsed.map_err(|error| wrong_form(&error, setting))
}

/// Says which setting it is about, and the way out by its name here.
fn wrong_form(error: &Error, setting: &str) -> Failure {
    let failure = Failure::from(error.clone()).about(setting);
    match error.hint() {
        Some(hint) => failure.hint(hint.replace(
            "switch the length rules off",
            "switch the length rules off with --skip-length-rules",
        )),
        None => failure,
    }
}

fn refused_plain_http(error: Error, options: &Connection) -> Failure {
    let is_refusal = error.kind() == ErrorKind::Refused;
    let failure = Failure::from(error);
    if !is_refusal {
        return failure;
    }
    let known = match options.allow_plain_http.is_empty() {
        true => "",
        false => " (it allows other hosts now)",
    };
    failure.hint(format!(
        "use https, or allow it for this host by name with --allow-plain-http HOST{known}"
    ))
}

fn timeouts(options: &Connection) -> Timeouts {
    let usual = Timeouts::default();
    let Some(total) = options.timeout else {
        return usual;
    };
    Timeouts {
        connect: usual.connect.min(total),
        attempt: usual.attempt.min(total),
        token: usual.token.min(total),
        total,
        idle: usual.idle.min(total),
    }
}
