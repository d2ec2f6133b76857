//! `explain`: a licence as sentences, each with the clause that it carries out.

use std::env;

use octroi_licence::{
    DocumentKind, FeatureName, Licence, Revocations, TermSet, Verified,
    explain::{Language, Sentence, Texts, explain},
    verify_with,
};
use serde_json::json;

use crate::{
    World,
    cli::ExplainArgs,
    failure::Failure,
    folder::{expect_kind, read_document},
    output::Report,
};

pub(crate) fn run(world: &World, args: &ExplainArgs) -> Result<Report, Failure> {
    let (kind, signed) = read_document(&args.file)?;
    expect_kind(kind, DocumentKind::Licence, &args.file)?;
    let root = world.folder()?.trusted_root();
    let licence: Verified<Licence> =
        verify_with(&signed, &root, &Revocations::default(), TermSet::KNOWN)?;
    let language = args.lang.map_or_else(of_environment, Into::into);
    let texts = Texts::new(language);
    let sentences = explain(&licence);
    let said: Vec<_> = sentences
        .iter()
        .map(|sentence| {
            json!({
                "term": sentence.subject.name(),
                "feature": sentence.feature.as_ref().map(FeatureName::as_str),
                "clause": sentence.clause,
                "message": sentence.message,
                "text": texts.sentence(sentence),
            })
        })
        .collect();
    Ok(Report {
        text: text(&sentences, &texts),
        json: json!({
            "licence": licence.id,
            "serial": licence.serial,
            "language": language.tag(),
            "sentences": said,
        }),
    })
}

/// The sentences line by line; a feature's stand apart.
fn text(sentences: &[Sentence], texts: &Texts) -> String {
    let mut text = String::new();
    let mut feature = None;
    for sentence in sentences {
        if feature != sentence.feature.as_ref() {
            feature = sentence.feature.as_ref();
            text.push('\n');
        }
        text.push_str(&texts.sentence(sentence));
        if let Some(clause) = &sentence.clause {
            text.extend([" [", clause.as_str(), "]"]);
        }
        text.push('\n');
    }
    text
}

/// The language of the locale for messages (POSIX, 8.2).
fn of_environment() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = names.iter().filter_map(|name| env::var(name).ok());
    let locale = set.into_iter().find(|value| !value.is_empty());
    Language::of_locale(locale.as_deref().unwrap_or_default())
}
