// How the viewer is built: from web/ into dist/web, with hashed names, for browsers of the last two years.
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'web',
  build: { outDir: '../dist/web', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022' },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
