//! The codec on any bytes: what is read and written again reads the same.

use super::models::Account;
use zuora_wire::{Json, from_slice, to_string};

/// Fails by panic.
pub fn check(bytes: &[u8]) {
    let json = Json::parse(bytes);
    let direct = from_slice::<Account>(bytes);
    match (&json, &direct) {
        (Err(_), Ok(account)) => panic!("read from what is no JSON: {account:?}"),
        (Ok(_), Err(error)) => assert!(!error.is_syntax(), "{error}"),
        _ => {}
    }

    // Repeated members are resolved here: a first one of the wrong type is an error above.
    let Ok(json) = json else {
        return;
    };
    let Ok(account) = from_slice::<Account>(json.to_compact_string().as_bytes()) else {
        return;
    };
    if let Ok(direct) = direct {
        assert_eq!(to_string(&direct), to_string(&account));
    }
    let written = to_string(&account);
    let again: Account = from_slice(written.as_bytes()).expect("what was written is readable");
    assert_eq!(again, account);
    assert_eq!(to_string(&again), written);

    // Nothing that the model does not know is lost.
    let written = Json::parse(&written).expect("what was written is JSON");
    for (name, value) in account.extra.iter() {
        assert_eq!(json.get(name), Some(value));
        assert_eq!(written.get(name), Some(value));
    }
}
