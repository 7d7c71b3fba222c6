//! Rows of a trace as Parquet files.

use anyhow::{Context, Result};
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vatic::predict::mix::{Decision, Foresight};

/// Rows of a row group, and of a file.
const GROUP_ROWS: usize = 2048;
const SHARD_ROWS: usize = 1 << 16;

/// One sampled byte.
pub struct Row {
    document: String,
    position: i64,
    symbol: u8,
    context: Vec<u8>,
    /// What it takes, in bits.
    pub cost: f32,
    /// P(the byte that is all but certain), of 65,536, if one is.
    certain: Option<u16>,
    /// Of 65,536.
    distribution: Vec<u16>,
    decisions: Vec<Decision>,
}

impl Row {
    /// What `foresight` says of the byte `symbol`, which stands behind `context`.
    pub fn new(document: &str, position: usize, context: &[u8], symbol: u8, foresight: Foresight) -> Self {
        let bits = |(p1, bit): (u16, bool)| {
            let p = if bit { f64::from(p1) } else { 65_536.0 - f64::from(p1) };
            16.0 - p.log2()
        };
        Row {
            document: document.to_owned(),
            position: position as i64,
            symbol,
            context: context.to_owned(),
            cost: foresight.coded(symbol).into_iter().map(bits).sum::<f64>() as f32,
            certain: foresight.sure.map(|(_, p)| p),
            distribution: rounded(&foresight.odds),
            decisions: foresight.decisions,
        }
    }
}

/// Odds of 2^32 as odds of 2^16. What rounding leaves over goes to the likeliest byte.
fn rounded(odds: &[u32; 256]) -> Vec<u16> {
    let mut shares: Vec<u32> = odds.iter().map(|&odds| ((u64::from(odds) + (1 << 15)) >> 16) as u32).collect();
    let sum: u32 = shares.iter().sum();
    let likeliest = (0..256).max_by_key(|&byte| odds[byte]).unwrap_or(0);
    shares[likeliest] = (shares[likeliest] + 65_536).saturating_sub(sum);
    shares.into_iter().map(|share| share.min(65_535) as u16).collect()
}

/// The files of a trace.
pub struct Shards {
    folder: PathBuf,
    lean: bool,
    /// What the present shard says of itself.
    about: Vec<KeyValue>,
    writer: Option<SerializedFileWriter<File>>,
    rows: Vec<Row>,
    /// In the present shard, and in all.
    shard_rows: usize,
    all_rows: u64,
    count: usize,
}

impl Shards {
    /// In `folder`, which exists; without what the experts say if `lean`.
    pub fn new(folder: &Path, lean: bool) -> Self {
        let (about, rows) = (Vec::new(), Vec::new());
        Shards { folder: folder.to_owned(), lean, about, writer: None, rows, shard_rows: 0, all_rows: 0, count: 0 }
    }

    /// Begins with rows of another ensemble, whose gate has these inputs.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn begin(&mut self, inputs: &[String], ensemble: u8) -> Result<()> {
        let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        let about = vec![
            pair("vatic.trace", "1".to_owned()),
            pair("vatic.ensemble", ensemble.to_string()),
            pair("vatic.inputs", serde_json::to_string(inputs)?),
        ];
        if about != self.about {
            self.close()?;
            self.about = about;
        }
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, row: Row) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() == GROUP_ROWS {
            self.write_group()?;
        }
        if self.shard_rows >= SHARD_ROWS { self.close() } else { Ok(()) }
    }

    /// Ends the last shard. Returns the number of rows and of shards.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> Result<(u64, usize)> {
        self.close()?;
        Ok((self.all_rows, self.count))
    }

    fn close(&mut self) -> Result<()> {
        self.write_group()?;
        if let Some(writer) = self.writer.take() {
            writer.close().context("cannot end a shard")?;
        }
        self.shard_rows = 0;
        Ok(())
    }

    fn open(&mut self) -> Result<SerializedFileWriter<File>> {
        let path = self.folder.join(format!("trace-{:05}.parquet", self.count));
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        self.count += 1;
        let schema = Arc::new(parse_message_type(&schema(self.lean))?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(self.about.clone()))
            .build();
        Ok(SerializedFileWriter::new(file, schema, Arc::new(properties))?)
    }

    fn write_group(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => self.open()?,
        };
        let rows = std::mem::take(&mut self.rows);
        write_rows(&mut writer, &rows, self.lean).context("cannot write a shard")?;
        self.writer = Some(writer);
        self.shard_rows += rows.len();
        self.all_rows += rows.len() as u64;
        Ok(())
    }
}

/// The columns, as `docs/trace.md` has them.
fn schema(lean: bool) -> String {
    let list = |name: &str, bits: u32, signed: bool| {
        let element = format!("required int32 element (INTEGER({bits},{signed}));");
        format!("required group {name} (LIST) {{ repeated group list {{ {element} }} }}\n")
    };
    let mut columns = "required binary document (STRING);
        required int64 position (INTEGER(64,true));
        required int32 symbol (INTEGER(8,false));
        required binary context;
        required float cost;
        optional int32 certain (INTEGER(16,false));\n"
        .to_owned();
    columns += &list("distribution", 16, false);
    if !lean {
        columns += &list("bits", 8, false);
        columns += &list("probabilities", 16, false);
        columns += &list("inputs", 16, true);
        columns += &list("weights", 32, true);
    }
    format!("message trace {{ {columns} }}")
}

/// Writes a row group: column by column, in the order of [`schema`].
fn write_rows(writer: &mut SerializedFileWriter<File>, rows: &[Row], lean: bool) -> Result<()> {
    let mut group = writer.next_row_group()?;
    let bytes = |bytes: &[u8]| ByteArray::from(bytes.to_vec());
    values::<ByteArrayType>(&mut group, rows.iter().map(|row| bytes(row.document.as_bytes())))?;
    values::<Int64Type>(&mut group, rows.iter().map(|row| row.position))?;
    values::<Int32Type>(&mut group, rows.iter().map(|row| i32::from(row.symbol)))?;
    values::<ByteArrayType>(&mut group, rows.iter().map(|row| bytes(&row.context)))?;
    values::<FloatType>(&mut group, rows.iter().map(|row| row.cost))?;
    column::<Int32Type>(&mut group, |column| {
        let known: Vec<i32> = rows.iter().filter_map(|row| row.certain.map(i32::from)).collect();
        let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.certain.is_some())).collect();
        column.write_batch(&known, Some(&levels), None)
    })?;
    lists(&mut group, rows, |row| row.distribution.iter().map(|&p| i32::from(p)).collect())?;
    if !lean {
        lists(&mut group, rows, |row| row.decisions.iter().map(|made| i32::from(made.bit)).collect())?;
        lists(&mut group, rows, |row| row.decisions.iter().map(|made| i32::from(made.p1)).collect())?;
        lists(&mut group, rows, |row| {
            row.decisions.iter().flat_map(|made| &made.inputs).map(|&input| i32::from(input)).collect()
        })?;
        lists(&mut group, rows, |row| row.decisions.iter().flat_map(|made| &made.weights).copied().collect())?;
    }
    group.close()?;
    Ok(())
}

/// A column of one value a row.
fn values<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: impl Iterator<Item = T::T>,
) -> Result<()> {
    let values: Vec<T::T> = values.collect();
    column::<T>(group, |column| column.write_batch(&values, None, None))
}

/// A column of lists of numbers.
fn lists(group: &mut SerializedRowGroupWriter<'_, File>, rows: &[Row], list: impl Fn(&Row) -> Vec<i32>) -> Result<()> {
    let (mut values, mut present, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let list = list(row);
        // An empty list is one level without a value.
        present.extend(std::iter::repeat_n(i16::from(!list.is_empty()), list.len().max(1)));
        repeated.extend((0..list.len().max(1)).map(|at| i16::from(at > 0)));
        values.extend(list);
    }
    column::<Int32Type>(group, |column| column.write_batch(&values, Some(&present), Some(&repeated)))
}

/// Writes the next column.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    write: impl FnOnce(&mut ColumnWriterImpl<'_, T>) -> parquet::errors::Result<usize>,
) -> Result<()> {
    let mut column = group.next_column()?.context("a column that the schema does not have")?;
    write(column.typed::<T>())?;
    Ok(column.close()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_odds_sum_to_one() {
        let mut odds = [1 << 24; 256];
        assert_eq!(rounded(&odds), [256; 256]);
        odds = [40_000; 256];
        odds[7] = u32::MAX - 255 * 40_000 + 1;
        let shares = rounded(&odds);
        assert_eq!(shares.iter().map(|&share| u32::from(share)).sum::<u32>(), 65_536);
        assert!(shares[7] == 65_536 - 255 && shares[8] == 1);
    }
}
