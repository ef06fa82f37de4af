//! Filling in a data form (XEP-0004).

use minidom::Element;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field, FieldType};

use super::error::AccountErrorKind;
use crate::ns;

/// The form that a payload holds, if it does.
pub(super) fn find(payload: &Element) -> Result<Option<DataForm>, AccountErrorKind> {
    let Some(form) = payload.get_child("x", ns::DATA_FORMS) else {
        return Ok(None);
    };
    match DataForm::try_from(form.clone()) {
        Ok(form) => Ok(Some(form)),
        Err(error) => Err(AccountErrorKind::Protocol(format!(
            "it sent a form that cannot be read: {error}"
        ))),
    }
}

/// The form filled in: with our answers, else with what stands in it already, its hidden fields above all.
///
/// # Errors
///
/// When a field is required of which we know nothing.
pub(super) fn fill(form: DataForm, answers: &[(&str, &str)]) -> Result<Element, AccountErrorKind> {
    let (mut fields, mut unknown) = (Vec::new(), Vec::new());
    for field in form.fields {
        let name = field.var.clone().unwrap_or_default();
        let answer = answers.iter().find(|(known, _)| *known == name);
        let values = match answer {
            Some((_, answer)) => vec![(*answer).to_owned()],
            None => field.values,
        };
        match (values.is_empty(), field.required) {
            _ if field.type_ == FieldType::Fixed => {}
            (false, _) => fields.push(answered(&name, field.type_, values)),
            (true, true) => unknown.push(name),
            (true, false) => {}
        }
    }
    if !unknown.is_empty() {
        return Err(AccountErrorKind::UnknownFields(unknown));
    }
    let submitted = DataForm {
        type_: DataFormType::Submit,
        title: None,
        instructions: None,
        fields,
    };
    Ok(submitted.into())
}

fn answered(name: &str, type_: FieldType, values: Vec<String>) -> Field {
    Field {
        values,
        ..Field::new(name, type_)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &str) -> DataForm {
        let form: Element = format!("<x xmlns='jabber:x:data' type='form'>{fields}</x>")
            .parse()
            .unwrap();
        DataForm::try_from(form).unwrap()
    }

    #[test]
    fn what_stands_in_a_form_stays_and_our_answers_win() {
        let form = form(
            "<field type='fixed'><value>Hello</value></field>\
             <field var='FORM_TYPE' type='hidden'><value>urn:form</value></field>\
             <field var='username' type='text-single'><value>guest</value><required/></field>\
             <field var='email' type='text-single'/>",
        );
        let filled = DataForm::try_from(fill(form, &[("username", "romeo")]).unwrap()).unwrap();
        let values: Vec<_> = filled
            .fields
            .iter()
            .map(|field| (field.var.as_deref().unwrap(), field.values[0].as_str()))
            .collect();
        assert_eq!(filled.type_, DataFormType::Submit);
        assert_eq!(values, [("FORM_TYPE", "urn:form"), ("username", "romeo")]);
    }

    #[test]
    fn what_nobody_can_answer_is_named() {
        let form = form("<field var='ocr' type='text-single'><required/></field>");
        assert_eq!(
            fill(form, &[]).unwrap_err().to_string(),
            "the server wants to know what only a human can tell: ocr"
        );
    }
}
