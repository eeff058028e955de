//! All operations and schemas of the Zuora REST API as compact static data.
