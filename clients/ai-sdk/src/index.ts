export { GqlChatTransport, type GqlChatTransportOptions } from './transport.js';
export { toUIMessages } from './ui-messages.js';
