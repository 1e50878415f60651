import { DataList } from '@mantine/core'
import type { ReactNode } from 'react'

/** A name and its value within a `DataList`. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <DataList.Item>
    <DataList.ItemLabel>{name}</DataList.ItemLabel>
    <DataList.ItemValue>{children}</DataList.ItemValue>
  </DataList.Item>
)
