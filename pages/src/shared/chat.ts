import { createGqlChat } from '@gql-chat/client';

/** The client of the server that this page comes from. All pages share its sign-in. */
export const chat = createGqlChat({ url: '/graphql' });
