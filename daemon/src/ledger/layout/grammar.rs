//! The layout's own small grammar.
//!
//! ```text
//! line   = NAME "=" ( shape | fields | ("u16" | "u32") "{" value ("," value)* "}" )
//!        | NUMBER NAME fields
//! fields = "{" [ NAME ":" shape ("," NAME ":" shape)* ] "}"
//! value  = NUMBER NAME [ "(" shape ")" ]
//! shape  = "bool" | "u8" | "u16" | "u32" | "u64" | "i64" | "String" | "[" "u8" ";" NUMBER "]"
//!        | "Option" "<" shape ">" | "Vec" "<" shape ">" | "(" shape ("," shape)* ")" | NAME
//! ```

use std::collections::BTreeMap;

use super::{Definition, Kind, Layout, Shape};

pub(super) fn parse(text: &str) -> Option<Layout> {
    let mut layout = Layout::default();
    for line in text.lines() {
        let mut tokens = Tokens(line);
        let first = tokens.word()?;
        if let Ok(number) = first.parse() {
            let name = tokens.word()?.to_owned();
            let fields = tokens.fields()?;
            layout.kinds.insert(number, Kind { name, fields });
        } else {
            tokens.take("=")?;
            let definition = tokens.definition()?;
            layout.definitions.insert(first.to_owned(), definition);
        }
        if !tokens.0.trim_start().is_empty() {
            return None;
        }
    }
    Some(layout)
}

struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.0.trim_start();
        let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let end = rest
            .find(|character| !is_word(character))
            .unwrap_or(rest.len());
        let (word, rest) = rest.split_at_checked(end)?;
        self.0 = rest;
        (!word.is_empty()).then_some(word)
    }

    fn take(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(token)?;
        Some(())
    }

    /// Items between brackets, separated by commas.
    fn list<T>(&mut self, close: &str, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        while self.take(close).is_none() {
            if !items.is_empty() {
                self.take(",")?;
            }
            items.push(item(self)?);
        }
        Some(items)
    }

    fn fields(&mut self) -> Option<Vec<(String, Shape)>> {
        self.take("{")?;
        self.list("}", |tokens| {
            let name = tokens.word()?.to_owned();
            tokens.take(":")?;
            Some((name, tokens.shape()?))
        })
    }

    fn definition(&mut self) -> Option<Definition> {
        if self.0.trim_start().starts_with('{') {
            return self.fields().map(Definition::Struct);
        }
        let shape = self.shape()?;
        if let Shape::Unsigned(width) = shape
            && self.take("{").is_some()
        {
            let values: BTreeMap<_, _> = self.list("}", Self::value)?.into_iter().collect();
            return Some(Definition::Numbered { width, values });
        }
        Some(Definition::Alias(shape))
    }

    fn value(&mut self) -> Option<(u64, (String, Option<Shape>))> {
        let number = self.word()?.parse().ok()?;
        let name = self.word()?.to_owned();
        let mut shape = None;
        if self.take("(").is_some() {
            shape = Some(self.shape()?);
            self.take(")")?;
        }
        Some((number, (name, shape)))
    }

    fn shape(&mut self) -> Option<Shape> {
        if self.take("(").is_some() {
            return self.list(")", Self::shape).map(Shape::Tuple);
        }
        if self.take("[").is_some() {
            self.take("u8")?;
            self.take(";")?;
            let length = self.word()?.parse().ok()?;
            self.take("]")?;
            return Some(Shape::Bytes(length));
        }
        let inner = |tokens: &mut Self| {
            tokens.take("<")?;
            let shape = tokens.shape()?;
            tokens.take(">")?;
            Some(Box::new(shape))
        };
        Some(match self.word()? {
            "bool" => Shape::Bool,
            "u8" => Shape::Unsigned(1),
            "u16" => Shape::Unsigned(2),
            "u32" => Shape::Unsigned(4),
            "u64" => Shape::Unsigned(8),
            "i64" => Shape::Signed,
            "String" => Shape::Text,
            "Option" => Shape::Option(inner(self)?),
            "Vec" => Shape::List(inner(self)?),
            name => Shape::Named(name.to_owned()),
        })
    }
}
