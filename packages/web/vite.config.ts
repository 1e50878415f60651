import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://localhost:3000'

export default defineConfig({
  plugins: [react()],
  // The server's content security policy allows no data: addresses.
  build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: { proxy: { '/v1': server, '/api': server } },
  preview: { proxy: { '/v1': server, '/api': server } },
})
