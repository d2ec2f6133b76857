//! Reads a body by the layout alone, as an auditor would.

use serde_json::{Map, Value};

use super::{Definition, Layout, Shape};

pub(super) struct Reader<'a> {
    layout: &'a Layout,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(layout: &'a Layout, body: &'a [u8]) -> Self {
        Self { layout, rest: body }
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(super) fn unsigned(&mut self, width: u8) -> Option<u64> {
        let mut number = [0; 8];
        let bytes = self.bytes(width.into())?;
        number.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(number))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned(8)?).ok()
    }

    pub(super) fn value(&mut self, shape: &Shape) -> Option<Value> {
        Some(match shape {
            Shape::Bool => match self.unsigned(1)? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return None,
            },
            Shape::Unsigned(width) => self.unsigned(*width)?.into(),
            Shape::Signed => i64::from_le_bytes(*self.bytes(8)?.first_chunk()?).into(),
            Shape::Text => {
                let length = self.length()?;
                std::str::from_utf8(self.bytes(length)?).ok()?.into()
            }
            Shape::Bytes(count) => hex::encode(self.bytes(*count)?).into(),
            Shape::Option(inner) => match self.unsigned(1)? {
                0 => Value::Null,
                1 => self.value(inner)?,
                _ => return None,
            },
            Shape::List(inner) if **inner == Shape::Unsigned(1) => {
                let length = self.length()?;
                hex::encode(self.bytes(length)?).into()
            }
            Shape::List(inner) => {
                let mut values = Vec::new();
                for _ in 0..self.length()? {
                    values.push(self.value(inner)?);
                }
                values.into()
            }
            Shape::Tuple(shapes) => {
                let values: Option<Vec<Value>> =
                    shapes.iter().map(|shape| self.value(shape)).collect();
                values?.into()
            }
            Shape::Named(name) => self.named(self.layout.definitions.get(name)?)?,
        })
    }

    fn named(&mut self, definition: &Definition) -> Option<Value> {
        match definition {
            Definition::Alias(shape) => self.value(shape),
            Definition::Struct(fields) => {
                let mut object = Map::new();
                for (name, shape) in fields {
                    object.insert(name.clone(), self.value(shape)?);
                }
                Some(object.into())
            }
            Definition::Numbered { width, values } => {
                let number = self.unsigned(*width)?;
                let (name, content) = values.get(&number)?;
                let Some(shape) = content else {
                    return Some(name.as_str().into());
                };
                let mut object = Map::new();
                object.insert(name.clone(), self.value(shape)?);
                Some(object.into())
            }
        }
    }
}
