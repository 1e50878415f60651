import { useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { mySettingsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'

/** Shows the page in the colours that the person set, on whichever device; otherwise the device decides. */
export function useOwnTheme(): void {
  const { api } = useServices()
  const theme = useQuery(mySettingsQuery(api)).data?.theme
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => {
    if (theme === 'light' || theme === 'dark') setColorScheme(theme)
  }, [theme, setColorScheme])
}
