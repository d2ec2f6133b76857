//! What people read: the terms of each shipped template as sentences, each with its clause, and the
//! same from the administrator's tool on a real machine.

use octroi_licence::{
    Licence,
    explain::{Language, Texts, explain},
};
use octroi_vendor::order::Template;

use crate::stage::{Contract, Site};

/// As `octroi-vendor explain` and `octroi licence show` print them.
fn sentences(licence: &Licence, language: Language) -> Vec<String> {
    let texts = Texts::of(language);
    let said = |one: &octroi_licence::explain::Sentence| {
        let clause = one.clause.as_ref();
        let clause = clause.map_or_else(String::new, |clause| format!(" [{clause}]"));
        format!("{}{clause}", texts.sentence(one))
    };
    explain(licence).iter().map(said).collect()
}

#[test]
fn the_terms_of_every_template_read_as_sentences_in_both_languages() {
    for template in Template::ALL {
        let contract = Contract::signed(template, &[]);
        for language in Language::ALL {
            let text = sentences(contract.vendor.licence(), language).join("\n");
            let name = format!("{}-{}", template.name(), language.tag());
            insta::assert_snapshot!(name, text);
        }
    }
}

#[test]
fn the_administrator_reads_the_terms_that_the_vendor_reads() -> anyhow::Result<()> {
    let contract = Contract::signed(Template::BoostMyMail, &[]);
    let site = Site::signed(Template::BoostMyMail, &[])?;
    for language in Language::ALL {
        let shown = site.printed(&["--lang", language.tag(), "licence", "show"])?;
        for sentence in sentences(contract.vendor.licence(), language) {
            // A test's machine is recognised by fewer of its components.
            if !sentence.contains('3') {
                assert!(shown.contains(&sentence), "{sentence}\n{shown}");
            }
        }
    }
    Ok(())
}
