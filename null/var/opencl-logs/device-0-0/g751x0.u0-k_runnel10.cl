#pragma OPENCL EXTENSION cl_khr_fp64 : enable  
#pragma OPENCL EXTENSION cl_khr_fp16 : enable  
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable  
__kernel void k_runnel10(__global long *_kernel_context, __constant uchar *_constant_region, __local uchar *_local_region, __global int *_atomics, __global uchar *p1, __global uchar *p2)
{
  bool b_11; 
  int i_30, i_31, i_16, i_32, i_10, i_26, i_27, i_28, i_29, i_8, i_9, i_20; 
  ulong ul_14, ul_0, ul_1, ul_12, ul_6, ul_24, ul_2, ul_4; 
  float f_25; 
  long l_15, l_13, l_7, l_23, l_22, l_5, l_21, l_3, l_19, l_18, l_17; 

  // BLOCK 0
  ul_0  =  (ulong) p1;
  ul_1  =  (ulong) p2;
  ul_2  =  ul_0 + 24L;
  l_3  =  *((__global long *) ul_2);
  ul_4  =  ul_0 + 48L;
  l_5  =  *((__global long *) ul_4);
  ul_6  =  ul_0 + 40L;
  l_7  =  *((__global long *) ul_6);
  i_8  =  get_global_id(0);
  i_9  =  (int) l_5;
  i_10  =  i_8 / i_9;
  b_11  =  i_10 == 0;
  if(b_11)
  {
    // BLOCK 1
    ul_12  =  ul_0 + 32L;
    l_13  =  *((__global long *) ul_12);
    ul_14  =  ul_0 + 72L;
    l_15  =  *((__global long *) ul_14);
    i_16  =  i_8 % i_9;
    l_17  =  (long) i_16;
    l_18  =  l_17 * l_15;
    l_19  =  l_18 + l_13;
    i_20  =  (int) l_19;
    l_21  =  (long) i_20;
    l_22  =  l_21 + 4L;
    l_23  =  l_22 << 2;
    ul_24  =  ul_1 + l_23;
    f_25  =  *((__global float *) ul_24);
    *((__global float *) ul_24)  =  f_25;
    i_26  =  (int) l_7;
    i_27  =  i_26 * i_16;
    i_28  =  i_27 + i_26;
    i_29  =  (int) l_3;
    i_30  =  min(i_28, i_29);
    // BLOCK 2 MERGES [1 3 ]
    i_31  =  i_27;
    for(;i_31 < i_30;)
    {
      // BLOCK 3
      i_32  =  i_31 + 1;
      i_31  =  i_32;
    }  // B2
    // BLOCK 4
  }  // B0
  else
  {
    // BLOCK 5
  }  // B0
  // BLOCK 6 MERGES [5 4 ]
  return;
}  //  kernel
