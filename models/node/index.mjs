// The same as index.cjs, for `import`.
import models from './index.cjs'

export default models
export const { load, names, path } = models
