// The same as index.cjs, for `import`.
import vatic from './index.cjs'

export default vatic
export const {
  Archive,
  Codec,
  Compress,
  Decompress,
  EntryKind,
  Key,
  Model,
  PARAMETERS,
  Preset,
  Reader,
  Suite,
  VaticError,
  appendArchive,
  compress,
  compressMany,
  compressSync,
  createArchive,
  createCompress,
  createDecompress,
  decompress,
  decompressMany,
  decompressSync,
  hash,
  toWeb,
} = vatic
