export { useGqlChatRuntime, type GqlChatRuntimeOptions } from './runtime.js';
