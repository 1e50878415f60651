import { Center, Loader } from '@mantine/core'

export const PagePending = () => (
  <Center mih={240}>
    <Loader type="dots" aria-label="Loading" />
  </Center>
)
