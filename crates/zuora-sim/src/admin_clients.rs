//! `/_sim/clients`: the OAuth clients that the tenant knows, for those who cannot use the builder.

use crate::{
    SimClient,
    admin::{bad, done, input, refusal},
    dispatch::Call,
    fault::BadFault,
    fields::Fields,
    ids,
    message::Reply,
};
use http::StatusCode;
use zuora_wire::Json;

/// The longest secret (documented), and the longest id of an organization (a guess).
const LONGEST_SECRET: usize = 42;
const LONGEST_ORG_GUESS: usize = 64;
/// The digits of a user's id (documented).
const USER_DIGITS: usize = 32;

pub(crate) fn list(call: &Call<'_>) -> Reply {
    let clients = described(&call.shared.state().settings.clients);
    Reply::ok(&Json::object([("clients", clients)]))
}

/// Clients without their secrets.
pub(crate) fn described(clients: &[SimClient]) -> Json {
    let clients = clients.iter().map(|client| {
        Json::object([
            ("id", Json::from(client.id.as_str())),
            ("secrets", client.secrets.len().into()),
            ("entities", client.entities.clone().into()),
            ("orgs", client.orgs.clone().into()),
            ("tenant", client.tenant.into()),
            ("user", client.user.as_str().into()),
            ("active", client.active.into()),
        ])
    });
    Json::Array(clients.collect())
}

/// One more client, or another one in the place of that with the same id.
pub(crate) fn add(call: &Call<'_>) -> Reply {
    match input(call, read) {
        Err(wrong) => bad(wrong),
        Ok(client) => {
            call.shared.state().add_client(client);
            done()
        }
    }
}

pub(crate) fn remove(call: &Call<'_>) -> Reply {
    let id = call.args.first().map_or("", String::as_str);
    if call.shared.state().remove_client(id) {
        return done();
    }
    let rule = "must be the id of a client that is still there";
    refusal(StatusCode::NOT_FOUND, "id", rule)
}

fn read(json: &Json) -> Result<SimClient, BadFault> {
    let mut fields = Fields::new(json)?;
    let must = |name: &str| BadFault::new(name, "must be there");
    let id = fields.text("id")?.ok_or_else(|| must("id"))?;
    uuid("id", &id)?;
    let own = fields.text("secret")?.ok_or_else(|| must("secret"))?;
    secret("secret", &own)?;
    let mut client = SimClient::new(id, own);
    if let Some(also) = fields.text("alsoSecret")? {
        secret("alsoSecret", &also)?;
        client = client.also_secret(also);
    }
    if let Some(entities) = distinct(&mut fields, "entities", uuid)? {
        client = client.entities(entities);
    }
    if let Some(orgs) = distinct(&mut fields, "orgs", org)? {
        client = client.orgs(orgs);
    }
    if let Some(tenant) = fields.count("tenant")? {
        client = client.tenant(tenant);
    }
    if let Some(user) = fields.text("user")? {
        if user.len() != USER_DIGITS || !user.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let rule = format!("must be {USER_DIGITS} hexadecimal digits");
            return Err(BadFault::new("user", rule));
        }
        client = client.user(user);
    }
    if let Some(active) = fields.flag("active")? {
        client = client.active(active);
    }
    fields.end()?;
    Ok(client)
}

/// Texts that keep a rule, each of them once.
fn distinct(
    fields: &mut Fields<'_>,
    name: &str,
    check: fn(&str, &str) -> Result<(), BadFault>,
) -> Result<Option<Vec<String>>, BadFault> {
    let Some(texts) = fields.texts(name)? else {
        return Ok(None);
    };
    for (place, text) in texts.iter().enumerate() {
        let at = format!("{name}.{place}");
        check(&at, text)?;
        let is_same = |other: &String| other.eq_ignore_ascii_case(text);
        if texts.iter().take(place).any(is_same) {
            return Err(BadFault::new(&at, "must be named once"));
        }
    }
    Ok(Some(texts))
}

fn uuid(field: &str, text: &str) -> Result<(), BadFault> {
    let rule = "must be 36 characters in UUID form, such as 11e643f4-a3ee-8bad-b061-0025904c0001";
    keeps(ids::is_uuid(text), field, rule)
}

/// The rule does not repeat what was sent.
fn secret(field: &str, text: &str) -> Result<(), BadFault> {
    let is_right = (1..=LONGEST_SECRET).contains(&text.chars().count());
    let rule =
        format!("must be 1 to {LONGEST_SECRET} characters, none of them a control character");
    keeps(is_right && !text.contains(char::is_control), field, &rule)
}

fn org(field: &str, text: &str) -> Result<(), BadFault> {
    let is_printable = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b',');
    let is_right = (1..=LONGEST_ORG_GUESS).contains(&text.len()) && is_printable;
    let rule = format!(
        "must be 1 to {LONGEST_ORG_GUESS} printable US-ASCII characters without space and comma"
    );
    keeps(is_right, field, &rule)
}

fn keeps(is_right: bool, field: &str, rule: &str) -> Result<(), BadFault> {
    if is_right {
        return Ok(());
    }
    Err(BadFault::new(field, rule))
}
