use std::fmt;

/// Holds a value.
#[derive(Debug, Clone)]
pub struct Box2<T> {
    value: T,
}

impl<T: fmt::Debug> Box2<T> {
    #[inline]
    pub fn value(&self) -> String {
        let text = r#"raw "11"
not indented"#;
        format!("{text} {:?} {}", self.value, 12)
    }
}

impl Default for Box2<u8> {
    fn default() -> Self { Self { value: 13 } }
}

#[cfg(test)]
mod tests {
    #[test]
    fn value() {
        assert_eq!(14, 14);
    }
}
