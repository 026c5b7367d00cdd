// The documents of a chat with GraphQL Code Generator's client preset.
import { graphql } from '../generated';

export const Me = graphql(`query Me { me { username } }`);

export const Send = graphql(`
  mutation Send($input: SendMessageInput!) {
    sendMessage(input: $input) { session { id } reply { id status } }
  }
`);

export const Watch = graphql(`
  subscription Watch($id: ID!) {
    reply(messageId: $id) {
      ... on ReplyDelta { kind offset text }
      ... on ReplyFinished { message { id status text } }
    }
  }
`);
