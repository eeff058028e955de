//! Every shape in which Zuora's services report a failure, to be answered on demand.

use crate::{
    errors,
    message::{JSON_TYPE, Reply, XML_TYPE},
};
use bytes::Bytes;
use http::StatusCode;
use zuora_wire::Json;

/// An instant for bodies that carry one.
const TIMESTAMP: &str = "2026-01-31T08:15:30.000+00:00";

/// The shape of an error's body. Each takes a code and a message; what a shape has no place for is
/// left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorShape {
    /// `{success:false, processId, reasons:[{code,message}], requestId}`: `/v1` REST.
    RestReasons,
    /// The same with three reasons.
    RestManyReasons,
    /// `{Success:false, Errors:[{Code,Message}]}`: CRUD.
    CrudErrors,
    /// `{done:true, records:[], size:0}`: CRUD, not found.
    CrudNoData,
    /// `{message}`: CRUD and Actions, gateways.
    Message,
    /// `[{Success:true,Id}, {Success:false,Errors:[{Code,Message}]}]`: Actions, one entry an object.
    ActionResults,
    /// The same with one entry, a failure.
    ActionResult,
    /// `{FaultCode, FaultMessage}`: query and queryMore.
    ActionFault,
    /// `{faults:[{faultCode,faultMessage}]}`: a variant of it.
    ActionFaults,
    /// `{faultcode:"fns:X", faultstring}`: another.
    FaultString,
    /// `{reasons:[{code,message}], requestId}`: object query, metadata, notifications.
    Reasons,
    /// `{reasons:[{code:70, message}]}` with the code and message given: the rate limit.
    RateLimit,
    /// `{code, message}`: data query, custom objects, an unknown action.
    CodeMessage,
    /// The same with `details:[{code,message,record}]`: custom object records.
    CodeMessageDetails,
    /// `{errors:[{code,status,title}]}` of strings: settings.
    SettingsErrors,
    /// `{errors:[text]}`: workflows.
    WorkflowTexts,
    /// `{errors:[{code,status:number,title}]}`: workflows.
    WorkflowErrors,
    /// `{success:false, reasons:[{fieldName,title}]}`: workflows, 422.
    WorkflowValidation,
    /// `{timestamp,status,error,message,path}`: system health.
    SystemHealth,
    /// `{requestId,timestamp,errors:[{code,message,parameter}]}`: commitments.
    Commitments,
    /// The same inside an array.
    CommitmentsInArray,
    /// `{success:false,data,error:{code,message},previousPage,nextPage}`: meters.
    Mediation,
    /// `{type,code,message,parameter}`: Quickstart.
    Quickstart,
    /// `{error:text}`: Commerce.
    CommerceText,
    /// `{error:{code,message}}`: Commerce.
    CommerceError,
    /// `{Status,Message,Result}`: Zuora Revenue.
    Revenue,
    /// `{errorCode,message}`: AQuA, within 200.
    Aqua,
    /// `<security:max-object-size>2047MB</security:max-object-size>`: a file that is too big, 403.
    FileTooBig,
    /// A failed data query job, within 200.
    DataQueryJob,
    /// A failed asynchronous job, its errors a text, within 200.
    AsyncJob,
    /// A failed operation job, within 200.
    OperationJob,
    /// A batch of an AQuA job that was aborted, within 200.
    AquaJob,
    /// A failed export, within 200.
    ExportJob,
    /// A description of an object in XML: not an error, and not JSON.
    DescribeXml,
}

use ErrorShape as S;

/// The name in `/_sim/` of each shape.
const NAMES: [(S, &str); 34] = [
    (S::RestReasons, "restReasons"),
    (S::RestManyReasons, "restManyReasons"),
    (S::CrudErrors, "crudErrors"),
    (S::CrudNoData, "crudNoData"),
    (S::Message, "message"),
    (S::ActionResults, "actionResults"),
    (S::ActionResult, "actionResult"),
    (S::ActionFault, "actionFault"),
    (S::ActionFaults, "actionFaults"),
    (S::FaultString, "faultString"),
    (S::Reasons, "reasons"),
    (S::RateLimit, "rateLimitReasons"),
    (S::CodeMessage, "codeMessage"),
    (S::CodeMessageDetails, "codeMessageDetails"),
    (S::SettingsErrors, "settingsErrors"),
    (S::WorkflowTexts, "workflowTexts"),
    (S::WorkflowErrors, "workflowErrors"),
    (S::WorkflowValidation, "workflowValidation"),
    (S::SystemHealth, "systemHealth"),
    (S::Commitments, "commitments"),
    (S::CommitmentsInArray, "commitmentsInArray"),
    (S::Mediation, "mediation"),
    (S::Quickstart, "quickstart"),
    (S::CommerceText, "commerceText"),
    (S::CommerceError, "commerceError"),
    (S::Revenue, "revenue"),
    (S::Aqua, "aqua"),
    (S::FileTooBig, "fileTooBig"),
    (S::DataQueryJob, "dataQueryJob"),
    (S::AsyncJob, "asyncJob"),
    (S::OperationJob, "operationJob"),
    (S::AquaJob, "aquaJob"),
    (S::ExportJob, "exportJob"),
    (S::DescribeXml, "describeXml"),
];

/// What a shape is filled with.
pub(crate) struct Filling<'a> {
    pub(crate) status: StatusCode,
    pub(crate) path: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) process_id: &'a str,
    pub(crate) code: &'a Json,
    pub(crate) message: &'a str,
}

impl ErrorShape {
    /// Every shape.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(shape, _)| shape)
    }

    /// The name that `/_sim/faults` knows it by.
    pub fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(shape, _)| *shape == self);
        named.map_or("", |(_, name)| name)
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(_, known)| *known == name);
        named.map(|(shape, _)| *shape)
    }

    pub(crate) fn reply(self, filling: &Filling<'_>) -> Reply {
        let raw = match self {
            S::FileTooBig => FILE_TOO_BIG,
            S::DescribeXml => DESCRIBE,
            _ => {
                let body = self.json(filling).to_string();
                return Reply::new(filling.status, JSON_TYPE, body);
            }
        };
        Reply::new(filling.status, XML_TYPE, Bytes::from_static(raw.as_bytes()))
    }

    fn json(self, filling: &Filling<'_>) -> Json {
        let Filling {
            request_id,
            process_id,
            message,
            ..
        } = *filling;
        let code = || filling.code.clone();
        let code_text = || match filling.code {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let pair = |one: &str, two: &str| Json::object([(one, code()), (two, message.into())]);
        let list = |name: &str, item: Json| Json::object([(name, vec![item])]);
        match self {
            S::RestReasons => errors::rest_reasons(request_id, process_id, code(), message),
            S::RestManyReasons => Json::object([
                ("success", Json::from(false)),
                ("processId", process_id.into()),
                ("reasons", vec![pair("code", "message"); 3].into()),
                ("requestId", request_id.into()),
            ]),
            S::CrudErrors => errors::crud_errors(code(), message),
            S::CrudNoData => Json::object([
                ("done", Json::from(true)),
                ("records", Json::Array(Vec::new())),
                ("size", 0.into()),
            ]),
            S::Message => errors::message(message),
            S::ActionResults => {
                let id = "2c92c0f95a7e11c0de0000000000c001";
                let good = Json::object([("Success", Json::from(true)), ("Id", id.into())]);
                vec![good, errors::crud_errors(code(), message)].into()
            }
            S::ActionResult => vec![errors::crud_errors(code(), message)].into(),
            S::ActionFault => errors::fault(code(), message),
            S::ActionFaults => list("faults", pair("faultCode", "faultMessage")),
            S::FaultString => Json::object([
                ("faultcode", format!("fns:{}", code_text())),
                ("faultstring", message.to_owned()),
            ]),
            S::Reasons => errors::reasons(request_id, code(), message),
            S::RateLimit => list("reasons", pair("code", "message")),
            S::CodeMessage => errors::code_message(code(), message),
            S::CodeMessageDetails => Json::object([
                ("code", code()),
                ("message", message.into()),
                ("details", vec![pair("code", "message")].into()),
            ]),
            S::SettingsErrors => {
                let status = filling.status.as_u16().to_string();
                let members = [
                    ("code", code_text()),
                    ("status", status),
                    ("title", message.to_owned()),
                ];
                list("errors", Json::object(members))
            }
            S::WorkflowTexts => list("errors", message.into()),
            S::WorkflowErrors => {
                let status = filling.status.as_u16();
                let members = [
                    ("code", code()),
                    ("status", status.into()),
                    ("title", message.into()),
                ];
                list("errors", Json::object(members))
            }
            S::WorkflowValidation => Json::object([
                ("success", Json::from(false)),
                ("reasons", vec![pair("fieldName", "title")].into()),
            ]),
            S::SystemHealth => {
                let spring = errors::spring(filling.status, message, filling.path);
                let stamp = Json::object([("timestamp", TIMESTAMP)]);
                merge(stamp, spring)
            }
            S::Commitments => commitments(filling),
            S::CommitmentsInArray => vec![commitments(filling)].into(),
            S::Mediation => errors::mediation(code(), message),
            S::Quickstart => errors::quickstart("request_failed", code(), message),
            S::CommerceText => Json::object([("error", message)]),
            S::CommerceError => Json::object([("error", pair("code", "message"))]),
            S::Revenue => Json::object([
                ("Status", code()),
                ("Message", message.into()),
                ("Result", Json::Null),
            ]),
            S::Aqua => pair("errorCode", "message"),
            S::DataQueryJob => {
                let data = Json::object([
                    ("id", Json::from(request_id)),
                    ("queryStatus", "failed".into()),
                    ("errorCode", code()),
                    ("errorMessage", message.into()),
                ]);
                Json::object([("data", data)])
            }
            S::AsyncJob => Json::object([
                ("status", Json::from("Failed")),
                ("errors", format!("[{}]:{message}", code_text()).into()),
                ("result", Json::Null),
                ("success", true.into()),
            ]),
            S::OperationJob => Json::object([
                ("id", Json::from(process_id)),
                ("jobId", request_id.into()),
                ("jobStatus", "Failed".into()),
                ("success", true.into()),
            ]),
            S::AquaJob => {
                let batch = Json::object([
                    ("batchId", Json::from(process_id)),
                    ("status", "aborted".into()),
                    ("message", message.into()),
                ]);
                Json::object([
                    ("id", Json::from(request_id)),
                    ("status", "error".into()),
                    ("batches", vec![batch].into()),
                ])
            }
            S::ExportJob => Json::object([
                ("Id", Json::from(process_id)),
                ("Status", "Failed".into()),
                ("StatusReason", message.into()),
            ]),
            S::FileTooBig | S::DescribeXml => Json::Null,
        }
    }
}

fn commitments(filling: &Filling<'_>) -> Json {
    let error = Json::object([
        ("code", filling.code.clone()),
        ("message", filling.message.into()),
        ("parameter", "periods[0].startDate".into()),
    ]);
    errors::commitments(filling.request_id, TIMESTAMP, vec![error])
}

fn merge(one: Json, two: Json) -> Json {
    match (one, two) {
        (Json::Object(one), Json::Object(two)) => {
            Json::Object(one.into_iter().chain(two).collect())
        }
        (one, _) => one,
    }
}

pub(crate) const FILE_TOO_BIG: &str = "<security:max-object-size>2047MB</security:max-object-size>";

const DESCRIBE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<object href="https://rest.zuora.com/v1/describe/Account">
  <name>Account</name>
  <label>Account</label>
  <fields>
    <field>
      <name>AccountNumber</name>
      <label>Account Number</label>
      <selectable>true</selectable>
      <createable>true</createable>
      <updateable>true</updateable>
      <filterable>true</filterable>
      <custom>false</custom>
      <maxlength>70</maxlength>
      <required>false</required>
      <type>text</type>
      <contexts><context>soap</context><context>export</context></contexts>
    </field>
  </fields>
</object>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_stands_in_the_docs() {
        let docs = include_str!("../../../docs/simulator.md");
        for (shape, name) in NAMES {
            assert!(docs.contains(&format!("`{name}`")), "{shape:?}");
        }
    }
}
