//! The models that come with vatic, compiled in: primers for logs, JSON, text and code, none larger than a megabyte, and transformers for English prose and
//! documentation (`en`), and for source code and markup (`code`). Each has a card beside it, in `models/`, that says what it was trained on and what it was measured at.
//!
//! The library `vatic` knows none of them; who wants them links this crate. `./dev primers CORPORA` trains the primers anew, `vatic-train` transformers.

use vatic::{Model, ModelLimits, Result};

/// A model that comes with vatic.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// The name that it is asked for by.
    pub name: &'static str,
    /// The `.vatm` file.
    pub bytes: &'static [u8],
}

/// Every one of them, by name.
pub const ALL: [Shipped; 5] = [
    Shipped { name: "code", bytes: include_bytes!("../code.vatm") },
    Shipped { name: "en", bytes: include_bytes!("../en.vatm") },
    Shipped { name: "json", bytes: include_bytes!("../json.vatm") },
    Shipped { name: "log", bytes: include_bytes!("../log.vatm") },
    Shipped { name: "text", bytes: include_bytes!("../text.vatm") },
];

impl Shipped {
    /// The one of that name.
    pub fn named(name: &str) -> Option<&'static Shipped> {
        ALL.iter().find(|shipped| shipped.name == name)
    }

    /// Reads the file: milliseconds. What it holds is worked out when it is first used.
    ///
    /// # Errors
    /// Those of [`Model::from_bytes`].
    pub fn load(&self) -> Result<Model> {
        Model::from_bytes(self.bytes, &ModelLimits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vatic::{DecodeOptions, Options, RecordCoder, RecordOptions, compress, decompress};

    #[test]
    fn primers_load_and_speak_for_their_kind() {
        let samples = [
            ("code", "    for (int i = 0; i < n; i++) {\n        return self.value;\n    }\n", 30),
            ("json", r#"{"id": 4711, "name": "example", "created_at": "2024-05-06T07:08:09Z", "active": true}"#, 45),
            ("log", "2024-05-06 07:08:09,123 INFO [main] org.apache.example.Server: Connection refused", 40),
            ("text", "It was the only house in the village that had a garden of its own.", 30),
        ];
        for (name, sample, most) in samples {
            let shipped = Shipped::named(name).unwrap();
            let model = shipped.load().unwrap();
            assert!(model.subset(&["primer"]).unwrap().to_bytes().unwrap().len() <= 1 << 20, "{name}");
            for key in ["name", "licence", "training_data", "measured"] {
                assert!(model.metadata().contains_key(key), "{name} {key}");
            }
            let mut coder = RecordCoder::new(&model, &RecordOptions::new()).unwrap();
            let (mut packed, mut out) = (Vec::new(), Vec::new());
            coder.compress(sample.as_bytes(), &mut packed).unwrap();
            assert!(packed.len() <= most, "{name}: {}", packed.len());
            coder.decompress(&packed, &mut out).unwrap();
            assert_eq!(out, sample.as_bytes());
            let file = sample.repeat(40);
            let frame =
                compress(file.as_bytes(), &Options::new().level(8).model(model.clone()).embed_model(true)).unwrap();
            assert_eq!(decompress(&frame, &DecodeOptions::new()).unwrap(), file.as_bytes());
        }
        assert!(Shipped::named("logs").is_none());
    }

    #[test]
    fn transformers_speak_for_their_kind() {
        let texts = [("en", &include_bytes!("../README.md")[..]), ("code", &include_bytes!("lib.rs")[..])];
        for (name, text) in texts {
            let shipped = Shipped::named(name).unwrap();
            assert!(shipped.bytes.len() <= 8_000_000, "{name}");
            let model = shipped.load().unwrap();
            for key in ["name", "licence", "training_data", "measured"] {
                assert!(model.metadata().contains_key(key), "{name} {key}");
            }
            let coded = |options: Options| compress(text, &options.level(8)).unwrap();
            let frame = coded(Options::new().model(model.clone()));
            assert!(frame.len() * 100 < coded(Options::new()).len() * 80, "{name} {}", frame.len());
            assert_eq!(decompress(&frame, &DecodeOptions::new().model(model)).unwrap(), text);
        }
    }
}
