export { GqlChatTransport, type GqlChatTransportOptions } from './transport.js';
export { toUIMessages, type GqlChatUIMessage } from './ui-messages.js';
