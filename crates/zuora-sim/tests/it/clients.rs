//! OAuth clients that are added and removed while the simulator runs.

use crate::support::*;
use zuora_sim::{SimClient, Simulator};
use zuora_wire::Json;

const ID: &str = "7d3cf0f4-9c10-4a44-8f9e-2f2f6a0c1d11";
const FIRST: &str = "11e643f4-a3ee-8bad-b061-0025904c756d";
const SECOND: &str = "11e643f4-a3ee-8bad-b061-0025904c757e";

async fn token_status(sim: &Simulator, id: &str, secret: &str) -> u16 {
    let request = token_request(sim, form(id, secret));
    send(sim, request).await.unwrap().status().as_u16()
}

async fn token_of(sim: &Simulator, id: &str, secret: &str) -> String {
    let request = token_request(sim, form(id, secret));
    let reply = send(sim, request).await.unwrap();
    text(&json(&reply), &["access_token"]).to_owned()
}

fn body(members: &str) -> String {
    format!(r#"{{"id":"{ID}","secret":"one"{members}}}"#)
}

#[tokio::test]
async fn a_client_with_several_entities_is_added_listed_and_removed() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let members = format!(
        r#","alsoSecret":"two","entities":["{FIRST}","{SECOND}"],"orgs":["8a1"],"tenant":7,"user":"2c92c0f95a7e11c0de0000000000a009""#
    );
    api.good_admin("POST", "/_sim/clients", &body(&members))
        .await;
    assert_eq!(token_status(&sim, ID, "two").await, 200);

    // Its token is for both entities, so that a call says for which it is.
    let wide = token_of(&sim, ID, "one").await;
    assert_eq!(account_status(&sim, &wide).await, 401);
    let named = with(account_request(&sim, &wide), "zuora-entity-ids", SECOND);
    assert_eq!(send(&sim, named).await.unwrap().status(), 200);

    let listed = api.call("GET", "/_sim/clients", "").await;
    let shown = json(&listed);
    let added = shown.at(&["clients", "1"]).unwrap();
    let expected = format!(
        r#"{{"id":"{ID}","secrets":2,"entities":["{FIRST}","{SECOND}"],"orgs":["8a1"],"tenant":7,"user":"2c92c0f95a7e11c0de0000000000a009","active":true}}"#
    );
    assert_eq!(added.to_string(), expected);
    assert_eq!(length(&shown, &["clients"]), 2);

    let path = format!("/_sim/clients/{ID}");
    api.good_admin("DELETE", &path, "").await;
    let named = with(account_request(&sim, &wide), "zuora-entity-ids", SECOND);
    assert_eq!(send(&sim, named).await.unwrap().status(), 401);
    assert_eq!(token_status(&sim, ID, "one").await, 400);
    let gone = api.call("DELETE", &path, "").await;
    assert_eq!(gone.status(), 404);
    assert_eq!(text(&json(&gone), &["error", "field"]), "id");
}

#[tokio::test]
async fn a_client_takes_the_place_of_the_one_with_its_id_until_a_reset() {
    let own = SimClient::new(ID, "begun").orgs(["8a1"]);
    let sim = frozen().client(own).build().unwrap();
    let api = Api::new(&sim).await;
    api.good_admin("POST", "/_sim/clients", &body(r#","active":false"#))
        .await;
    assert_eq!(token_status(&sim, ID, "begun").await, 401);
    assert_eq!(token_status(&sim, ID, "one").await, 403);
    assert!(sim.remove_client(ID) && !sim.remove_client(ID));
    sim.reset();
    assert_eq!(token_status(&sim, ID, "begun").await, 200);
    assert_eq!(token_status(&sim, ID, "one").await, 401);
}

#[tokio::test]
async fn a_wrong_client_is_refused_by_its_member_and_changes_nothing() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let long = "s".repeat(43);
    for (body, field) in [
        ("[]".to_owned(), ""),
        (r#"{"secret":"s"}"#.to_owned(), "id"),
        (r#"{"id":"c","secret":"s"}"#.to_owned(), "id"),
        (r#"{"id":7,"secret":"s"}"#.to_owned(), "id"),
        (format!(r#"{{"id":"{ID}"}}"#), "secret"),
        (format!(r#"{{"id":"{ID}","secret":""}}"#), "secret"),
        (format!(r#"{{"id":"{ID}","secret":"{long}"}}"#), "secret"),
        (format!(r#"{{"id":"{ID}","secret":"a\nb"}}"#), "secret"),
        ("{".to_owned(), ""),
        (body(r#","alsoSecret":"""#), "alsoSecret"),
        (body(r#","entities":"x""#), "entities"),
        (body(r#","entities":[1]"#), "entities.0"),
        (body(r#","entities":["x"]"#), "entities.0"),
        (
            body(&format!(r#","entities":["{FIRST}","{FIRST}"]"#)),
            "entities.1",
        ),
        (body(r#","orgs":["a,b"]"#), "orgs.0"),
        (body(r#","orgs":["a",""]"#), "orgs.1"),
        (body(r#","orgs":["a","A"]"#), "orgs.1"),
        (body(r#","tenant":-1"#), "tenant"),
        (body(r#","user":"u""#), "user"),
        (body(r#","active":"yes""#), "active"),
        (body(r#","lifetimeSeconds":60"#), "lifetimeSeconds"),
    ] {
        let reply = api.call("POST", "/_sim/clients", &body).await;
        assert_eq!(reply.status(), 400, "{body}");
        let told = json(&reply);
        assert_eq!(text(&told, &["error", "field"]), field, "{body}: {told}");
        assert!(!told.to_string().contains(&long), "{told}");
    }
    let listed = json(&api.call("GET", "/_sim/clients", "").await);
    assert_eq!(length(&listed, &["clients"]), 1);
    assert_eq!(
        listed.at(&["clients", "0", "secrets"]),
        Some(&Json::from(1))
    );
    assert!(!listed.to_string().contains(sim.client_secret()));
}
