//! Enumerations and exceptions of `sdk-java`, a file each.

use std::fmt::Write;
use vatic_capi::tables::{ABI_VERSION, ENUMS, ERRORS, FAMILIES, PARAMS, UNKNOWN};

const HEAD: &str = "// Generated from the tables of vatic-capi by vatic-codegen; do not edit.\npackage dev.vatic;\n";
const FOLDER: &str = "sdk-java/vatic/src/main/java/dev/vatic";

/// Enumerations that Java shows, with the names of their classes.
const SHOWN: [(&str, &str); 4] =
    [("preset", "Preset"), ("codec", "Codec"), ("suite", "Suite"), ("entry_kind", "EntryKind")];

/// The class of a family: the others end in `Error`, which in Java is something else.
fn exception(family: &str) -> String {
    family.replace("Error", "Exception")
}

/// Text in a comment.
fn prose(text: &str) -> String {
    let mut letters = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if let Some(first) = letters.get(..1) {
        letters.replace_range(..1, &first.to_uppercase());
    }
    letters + "."
}

fn number(value: u64) -> String {
    match value {
        UNKNOWN => "Long.MAX_VALUE".into(),
        value if value > i32::MAX as u64 => format!("{value}L"),
        value => value.to_string(),
    }
}

/// Items of an enumeration: comment, name, arguments.
fn items<'a>(out: &mut String, items: impl ExactSizeIterator<Item = (&'a str, &'a str, String)>) {
    let last = items.len() - 1;
    for (place, (text, name, arguments)) in items.enumerate() {
        let end = if place == last { ";" } else { "," };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "    /** {} */\n    {name}({arguments}){end}", prose(text));
    }
}

fn enumeration(name: &str, class: &str) -> Option<String> {
    let set = ENUMS.iter().find(|set| set.name == name)?;
    let mut out = format!("{HEAD}\n/** {} */\npublic enum {class} {{\n", prose(set.text));
    items(&mut out, set.items.iter().map(|item| (item.text, item.name, item.value.to_string())));
    let _ = write!(
        out,
        "
    private final int number;

    {class}(int number) {{
        this.number = number;
    }}

    /**
     * The number that stands for it in every language.
     *
     * @return the number
     */
    public int number() {{
        return number;
    }}

    /**
     * The constant of a number.
     *
     * @param number the number
     * @return the constant
     * @throws UsageException if there is none
     */
    public static {class} of(int number) {{
        for ({class} one : values()) {{
            if (one.number == number) {{
                return one;
            }}
        }}
        throw new UsageException(ErrorCode.NOT_FOUND, \"{class} has no number \" + number, -1);
    }}
}}
"
    );
    Some(out)
}

fn parameters() -> String {
    let mut out =
        format!("{HEAD}\n/** Settings by number, for {{@link Options.Builder#set}}. */\npublic enum Parameter {{\n");
    items(
        &mut out,
        PARAMS.iter().map(|row| {
            let min = if row.zero { 0 } else { row.min };
            let values = [number(row.param as u64), number(min), number(row.max), number(row.default)];
            (row.text, row.name, values.join(", "))
        }),
    );
    out.push_str(
        "
    final int number;
    private final long min;
    private final long max;
    private final long value;

    Parameter(int number, long min, long max, long value) {
        this.number = number;
        this.min = min;
        this.max = max;
        this.value = value;
    }

    /**
     * The least value.
     *
     * @return the least value
     */
    public long min() {
        return min;
    }

    /**
     * The largest value; {@code Long.MAX_VALUE} stands for no limit.
     *
     * @return the largest value
     */
    public long max() {
        return max;
    }

    /**
     * What counts if nothing is said.
     *
     * @return the default
     */
    public long defaultValue() {
        return value;
    }
}
",
    );
    out
}

fn codes() -> String {
    let mut out = format!(
        "{HEAD}\n/** What can go wrong, with the same number in every language. */\npublic enum ErrorCode {{\n"
    );
    items(&mut out, ERRORS.iter().map(|row| (row.text, row.name, row.code.to_string())));
    out.push_str(
        "
    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /**
     * The number, which never changes its meaning.
     *
     * @return the number
     */
    public int number() {
        return number;
    }

    static ErrorCode of(int number) {
        for (ErrorCode one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        return INTERNAL;
    }

    VaticException exception(String message, long needed) {
        switch (this) {
",
    );
    for (family, _) in FAMILIES {
        for row in ERRORS.iter().filter(|row| row.family == family) {
            let _ = writeln!(out, "            case {}:", row.name);
        }
        let _ = writeln!(out, "                return new {}(this, message, needed);", exception(family));
    }
    out.push_str("            default:\n                throw new AssertionError(this);\n        }\n    }\n}\n");
    out
}

fn family(name: &str, text: &str) -> String {
    let class = exception(name);
    let codes: Vec<String> = ERRORS
        .iter()
        .filter(|row| row.family == name)
        .map(|row| format!(" * <li>{{@link ErrorCode#{}}}</li>\n", row.name))
        .collect();
    format!(
        "{HEAD}
/**
 * {}
 *
 * <p>It stands for:
 *
 * <ul>
{} * </ul>
 */
public final class {class} extends VaticException {{
    private static final long serialVersionUID = 1L;

    {class}(ErrorCode code, String message, long needed) {{
        super(code, message, needed);
    }}
}}
",
        prose(text),
        codes.concat()
    )
}

fn versions() -> String {
    format!(
        "{HEAD}\n/** What the native library must say of itself. */\nfinal class Versions {{\n    static final int ABI = {ABI_VERSION};\n    static final String LIBRARY = \"{}\";\n\n    private Versions() {{}}\n}}\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// Paths and contents.
pub fn files() -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> =
        SHOWN.iter().filter_map(|(name, class)| Some((class.to_string(), enumeration(name, class)?))).collect();
    out.push(("Parameter".into(), parameters()));
    out.push(("ErrorCode".into(), codes()));
    out.push(("Versions".into(), versions()));
    out.extend(FAMILIES.iter().map(|(name, text)| (exception(name), family(name, text))));
    out.into_iter().map(|(class, text)| (format!("{FOLDER}/{class}.java"), text)).collect()
}
