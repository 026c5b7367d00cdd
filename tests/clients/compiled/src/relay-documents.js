// The documents of a chat with Relay; relay-compiler reads them and writes a module for each.
import { graphql } from 'relay-runtime';

graphql`
  query relayDocumentsMeQuery {
    me { username }
  }
`;

graphql`
  mutation relayDocumentsSendMutation($input: SendMessageInput!) {
    sendMessage(input: $input) { session { id } reply { id status } }
  }
`;

graphql`
  subscription relayDocumentsWatchSubscription($id: ID!, $offset: Int = 0) {
    reply(messageId: $id, offset: $offset) {
      __typename
      ... on ReplyDelta { kind offset text }
      ... on ReplyFinished { message { id status text } }
    }
  }
`;
