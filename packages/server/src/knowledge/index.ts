export { importBrand, type ImportParts, type ImportRequest, type ImportResult } from './import-brand.ts'
export type { ImportProgress } from './import/import-documents.ts'
export { type Citation, findCitation, toPromptSources } from './prompt-sources.ts'
export { reembedBrand, type ReembedParts } from './reembed/reembed-brand.ts'
export { reembedBrands, sendBrand, wakeBrand } from './reembed/reembed-brands.ts'
export type { EmbeddingModelName } from './reembed/start-reembedding.ts'
export { type FoundChunk, searchChunks, type SearchChunks } from './search-chunks.ts'
export { type BrandDetail, findBrand } from './sql/find-brand.ts'
export { findVoice, type Voice } from './sql/find-voice.ts'
export {
  addVoiceVersion,
  findVoiceLayers,
  joinLayers,
  type LearnedVoice,
  type VoiceLayers,
} from './sql/voice-layers.ts'
export { ensureEmbeddingSpace } from './sql/ensure-embedding-space.ts'
export { findBrandId } from './sql/find-brand-id.ts'
export { type BrandFacts, getBrand } from './sql/get-brand.ts'
export { type BrandEmbeddings, listBrandEmbeddings } from './sql/list-brand-embeddings.ts'
export { type BrandSummary, listBrands } from './sql/list-brands.ts'
export { type Keyword, listKeywords } from './sql/list-keywords.ts'
export { listPersonas, type Persona } from './sql/list-personas.ts'
export type { EmbeddingSpace, StoredSpace } from './sql/embedding-space.ts'
export { findSearchSpace } from './sql/find-search-space.ts'
export {
  addMessage,
  type Conversation,
  createConversation,
  findConversation,
  listConversations,
  listMessages,
  type Message,
  setConversationStatus,
} from './conversations/conversations.ts'
export {
  createMemory,
  deleteMemory,
  findMemory,
  listMemories,
  type Memory,
  rememberForRun,
  updateMemory,
} from './memories/memories.ts'
export { listMemoriesToEmbed, recallMemories, storeMemoryVectors } from './memories/recall-memories.ts'
export { readContent } from './assets/asset-contents.ts'
export {
  addAsset,
  type Asset,
  type AssetKind,
  changeAsset,
  findAsset,
  listAssets,
  removeAsset,
} from './assets/assets.ts'
export { fileNameOf, isRaster, isTrueOf } from './assets/media-types.ts'
export { type AssetMediaType, sniffMediaType } from './assets/sniff-media-type.ts'
